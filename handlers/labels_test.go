package handlers

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"anju/handlers/request"
	"anju/models/db"
)

// What was typed while the database is away is shown under the labels of its form, and no answer says that it was saved.
func TestWhatWasTypedIsShownUnderItsLabels(t *testing.T) {
	o := newOutside(t)
	form := url.Values{"verb": {"submit"}, "d.application.proposed.homestead_area": {"120.005"}, "reason": {"儿子结婚"}}
	o.store.broken = db.ErrUnavailable
	res := o.as(t, "counter").raw("POST", "/cases/1/moves", strings.NewReader(form.Encode()), "Content-Type",
		"application/x-www-form-urlencoded", "Sec-Fetch-Site", "same-origin")
	b, err := io.ReadAll(res.Body)
	page := string(b)
	if err != nil || res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(page, "系统正在恢复，请稍候重试") ||
		!strings.Contains(page, "没有提交") || !strings.Contains(page, "列在下面") || !strings.Contains(page, "儿子结婚") {
		t.Errorf("%d %v\n%s", res.StatusCode, err, page)
	}
	if strings.Contains(page, "已保存") || strings.Contains(page, "<dt>填写的内容") || !strings.Contains(page, "<dt>理由") || !strings.Contains(page, "宅基地面积") {
		t.Errorf("labels:\n%s", page)
	}
}

// A request that only reads does not change what is held.
func TestAReadThatWaitsForATableIsBusy(t *testing.T) {
	o := newOutside(t)
	counter := o.as(t, "counter")
	o.store.broken = &pgconn.PgError{Code: "55P03"}
	for _, path := range []string{request.APIRoot + "/cases/1", "/cases/1"} {
		res := counter.raw("GET", path, nil)
		if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
	for _, tt := range []struct {
		err  error
		says string
	}{
		{db.ErrCaseBusy, "该件正在被他人处理，请稍后再试"}, {db.ErrNumberBusy, "编号正被另一项办理占用，请稍后再试"},
		{&pgconn.PgError{Code: "55P03"}, "要改的内容正被另一项办理占用，请稍后再试"},
	} {
		o.store.broken = tt.err
		res := counter.raw("POST", "/cases/1/moves", nil, "Sec-Fetch-Site", "same-origin")
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusConflict || !strings.Contains(string(b), ">"+tt.says) {
			t.Errorf("a move: %d %v %s", res.StatusCode, err, b)
		}
	}
}
