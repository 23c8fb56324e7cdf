package models_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"anju/models/attempts"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/forms"
)

func TestCodesOfCases(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		query, notice := c.store.QueryCode(12), c.store.NoticeCode(12)
		if query == notice || len(query) != len("12-")+16 || len(notice) != len(query) {
			t.Errorf("codes %s and %s", query, notice)
		}
		_, tag, _ := strings.Cut(query, "-")
		for _, code := range []string{query, strings.ToUpper(query), " " + query + " "} {
			if id, ok := c.store.CaseOfCode(code); !ok || id != 12 {
				t.Errorf("%q: %d, %t", code, id, ok)
			}
		}
		if id, ok := c.store.CaseOfNotice(notice); !ok || id != 12 {
			t.Errorf("%q: %d, %t", notice, id, ok)
		}
		for _, code := range []string{"", "12", "12-", "-" + tag, "13-" + tag, "012-" + tag, "+12-" + tag, "12-" + tag[:15], query + "0", "12-" + c.store.Tag("progress", "12"), notice,
			"0-" + c.store.Tag("progress", "0")[:16], "-1-" + c.store.Tag("progress", "-1")[:16], "x-" + c.store.Tag("progress", "x")[:16]} {
			if id, ok := c.store.CaseOfCode(code); ok || id != 0 {
				t.Errorf("%q is read as case %d", code, id)
			}
		}
		if _, ok := c.store.CaseOfNotice(query); ok {
			t.Error("a code of a slip opens a notice")
		}
	})
}

func TestCasesByCodeAndTail(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		id := c.openFor("counter", c.household("counter", "仇䶮", "11010519491231002X", "", forms.Member{Name: "查小鱼", Relation: "配偶", IDNumber: "110105194912310018"})).ID
		code, other := c.store.QueryCode(id), c.store.QueryCode(c.open("homestead").ID)
		ask := func(code, tail string) (workflow.CaseID, error) {
			return c.store.CaseByCode(c.ctx(), code, tail, "10.0.0.1", c.clock.Now())
		}
		for _, tail := range []string{"002X", "002x", "００２ｘ", " 002X "} {
			if got, err := ask(code, tail); err != nil || got != id {
				t.Errorf("%q: %d, %v", tail, got, err)
			}
		}
		for _, tt := range []struct{ code, tail string }{{code, "0018"}, {code, ""}, {code, "2X"}, {code, "1002X"}, {code, "11010519491231002X"}, {code[:len(code)-1] + "g", "002X"},
			{other, "002X"}, {c.store.NoticeCode(id), "002X"}, {c.store.QueryCode(999), "0000"}, {"", ""}, {"", "0000"}} {
			if got, err := ask(tt.code, tt.tail); !errors.Is(err, org.ErrBadLogin) || err.Error() != org.ErrBadLogin.Error() || got != 0 {
				t.Errorf("%q, %q: %d, %v", tt.code, tt.tail, got, err)
			}
		}
		if got, err := ask(strings.ToUpper(code), "002X"); err != nil || got != id {
			t.Errorf("after these: %d, %v", got, err)
		}
	})
}

func TestCodesAreNotGuessed(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onEach(t, func(t *testing.T, c *county) {
		household := c.household("counter", "仇䶮", "11010519491231002X", "")
		code := c.store.QueryCode(c.openFor("counter", household).ID)
		ask := func(code, tail, from string) error {
			_, err := c.store.CaseByCode(c.ctx(), code, tail, from, c.clock.Now())
			return err
		}
		// a right answer forgives the code
		for range 3 {
			for i := range 9 {
				if err := ask(code, "0000", fmt.Sprint("a", i)); !errors.Is(err, org.ErrBadLogin) {
					t.Fatalf("try %d: %v", i, err)
				}
			}
			if err := ask(code, "002X", "b"); err != nil {
				t.Fatal(err)
			}
		}
		// forty at once: ten are answered; so of a code that is none
		for _, code := range []string{code, "999-0123456789abcdef"} {
			answered := 0
			for _, err := range atOnce(40, func(int) error { return ask(code, "0000", "c") }) {
				switch {
				case errors.Is(err, org.ErrBadLogin):
					answered++
				case !errors.Is(err, attempts.ErrTooMany):
					t.Errorf("%v", err)
				}
			}
			if answered != 10 {
				t.Errorf("%d tries of %s were answered", answered, code)
			}
		}
		_ = c.clock.Set(dawn.Add(time.Hour - time.Second))
		if err := ask(code, "002X", "c"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("the right tail from the address that filled the code: %v", err)
		}
		if err := ask(code, "0000", "d"); !errors.Is(err, org.ErrBadLogin) {
			t.Errorf("a wrong tail from an address without failures: %v", err)
		}
		if err := ask(code, "002X", "d"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("a second one from there: %v", err)
		}
		// a stranger has filled the code: its household is let through from its own address
		if err := ask(strings.ToUpper(code), "002X", "own"); err != nil {
			t.Errorf("the right tail from elsewhere: %v", err)
		}
		_ = c.clock.Set(dawn.Add(2 * time.Hour))
		if err := ask(code, "002X", "c"); err != nil {
			t.Errorf("an hour later: %v", err)
		}
		// an address: right answers in between neither help nor harm
		for i := range 50 {
			if err := ask(fmt.Sprint(i, "-x"), "0000", "e"); !errors.Is(err, org.ErrBadLogin) {
				t.Fatalf("try %d from an address: %v", i, err)
			}
			if i < 49 {
				if err := ask(code, "002X", "e"); err != nil {
					t.Fatalf("a right answer after %d wrong ones: %v", i+1, err)
				}
			}
		}
		if err := ask("0-x", "0000", "e"); !errors.Is(err, attempts.ErrTooMany) {
			t.Errorf("a code that has failed, after fifty from an address: %v", err)
		}
		if err := ask(code, "002X", "e"); err != nil {
			t.Errorf("a code that has not failed, after fifty from an address: %v", err)
		}
		if err := ask(code, "002X", "f"); err != nil {
			t.Errorf("from another address: %v", err)
		}
		// people who log in from there are not kept out
		if _, err := c.store.Authenticate(c.ctx(), "counter", seeds.DemoPassword, "e", "", c.clock.Now()); err != nil {
			t.Errorf("a login from the address: %v", err)
		}
		if strings.Contains(c.lying("login_failures"), code) {
			t.Error("a code that was tried lies in the clear")
		}
		_ = c.clock.Set(dawn.Add(4 * time.Hour))
		if err := ask(code, "002X", "g"); err != nil {
			t.Error(err)
		}
		if n := c.count("login_failures", "subject LIKE 'query:%' AND subject <> 'query:address:g'"); n != 0 {
			t.Errorf("%d old counts are left", n)
		}
	})
}
