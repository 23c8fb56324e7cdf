package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"anju/handlers"
	"anju/workflow/law/lawtest"
)

// parts is a form with files: name, value, name, value; a file's value begins with its name and a zero byte.
func (b *browser) parts(path string, files [][2]string, pairs ...string) reply {
	b.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("csrf", b.csrf())
	for i := 0; i+1 < len(pairs); i += 2 {
		_ = w.WriteField(pairs[i], pairs[i+1])
	}
	field := "file"
	if path == "/uploads" {
		field = "piece"
	}
	for _, f := range files {
		part, err := w.CreateFormFile(field, f[0])
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write([]byte(f[1]))
	}
	_ = w.Close()
	req := httptest.NewRequest("POST", path, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.replied(req)
}

// piece sends one piece of a file, and tells what it is called and up to where it is there.
func (b *browser) piece(id string, offset int, content string) (status int, got string, there int) {
	b.t.Helper()
	r := b.parts("/uploads", [][2]string{{"blob", content}}, "id", id, "offset", fmt.Sprint(offset))
	var m struct {
		ID     string `json:"id"`
		Offset int    `json:"offset"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal([]byte(r.body), &m); err != nil {
		b.t.Fatalf("a piece is answered with %d %s", r.status, r.body)
	}
	if r.status >= 400 && m.Detail == "" {
		b.t.Errorf("refused without a word: %d", r.status)
	}
	return r.status, m.ID, m.Offset
}

// drawn is a picture of a size, red on its left half and blue on its right.
func drawn(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for x := range w {
		for y := range h {
			img.Set(x, y, map[bool]color.Color{true: color.RGBA{200, 0, 0, 255}, false: color.RGBA{0, 0, 200, 255}}[x < w/2])
		}
	}
	return img
}

func withCookie(req *http.Request, cookie string) *http.Request {
	req.Header.Set("Cookie", cookie)
	return req
}

func pngOf(t *testing.T, w, h int) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, drawn(w, h)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// A file goes in pieces: a piece whose answer was lost is taken once, and what is whole is handed in.
func TestAFileGoesInPieces(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	counter.submit("/new", "chain", "homestead")
	home := caseOfPage.FindStringSubmatch(counter.page)[1]
	whole := pngOf(t, 40, 20)
	half := len(whole) / 2

	s, id, there := counter.piece("", 0, whole[:half])
	if s != 200 || there != half || id == "" {
		t.Fatalf("the first piece: %d %q %d", s, id, there)
	}
	if s, _, there := counter.piece(id, 0, whole[:half]); s != 200 || there != half {
		t.Errorf("the first piece again: %d %d", s, there)
	}
	if s, _, there := counter.piece(id, half+5, whole[half+5:]); s != 200 || there != half {
		t.Errorf("a piece beyond the end: %d %d", s, there)
	}
	if s, again, there := counter.piece(id, half, whole[half:]); s != 200 || there != len(whole) || again != id {
		t.Errorf("the last piece: %d %q %d", s, again, there)
	}
	if s, _, there := counter.piece(id, half, whole[half:]); s != 200 || there != len(whole) {
		t.Errorf("the last piece again: %d %d", s, there)
	}
	for _, bad := range []string{"-1", "", "x"} {
		if r := counter.parts("/uploads", [][2]string{{"blob", "x"}}, "id", id, "offset", bad); r.status != 400 {
			t.Errorf("offset %q: %d", bad, r.status)
		}
	}

	// Nobody goes on with another's file, nor with one that was never begun.
	other := visit(t, web, "village")
	if s, _, _ := other.piece(id, len(whole), "x"); s != 404 {
		t.Errorf("another officer goes on with it: %d", s)
	}
	for _, made := range []string{strings.Repeat("A", 26), "../../../etc/passwd", "a", strings.Repeat("A", 27)} {
		if s, _, _ := counter.piece(made, 0, "x"); s != 404 {
			t.Errorf("a piece of %q: %d", made, s)
		}
	}
	second := visit(t, web, "counter2")
	foreign := foreignCase(t, second)
	if r := second.parts("/cases/"+foreign+"/materials", nil, "code", "HP01", "upload", id+":表.png"); r.status != 404 {
		t.Errorf("another officer hands it in: %d", r.status)
	}

	for range 2 { // the answer to the first is lost: the same key hands in the same scan, and once
		if r := counter.parts(home+"/materials", nil, "key", "once", "code", "HP01", "upload", id+":申请表.png"); r.status != 303 {
			t.Fatalf("handed in: %d %s", r.status, r.body)
		}
	}
	api := counter.look("/api/v1" + home + "/history")
	if n := strings.Count(api.body, `"verb":"material"`); n != 1 {
		t.Errorf("%d lines of one scan: %d %s", n, api.status, api.body)
	}
	if counter.get(home); !strings.Contains(counter.page, "申请表.png") {
		t.Errorf("not on the page:\n%s", counter.page)
	}
	if r := counter.look(home + "/materials/HP01"); r.body != whole {
		t.Errorf("it is not what was sent: %d bytes of %d", len(r.body), len(whole))
	}
	if r := counter.parts(home+"/materials", nil, "code", "HP02", "upload", id+":申请表.png"); r.status != 404 {
		t.Errorf("handed in twice: %d", r.status)
	}
	if r := counter.parts(home+"/materials", nil, "code", "HP02"); r.status != 422 || !strings.Contains(r.body, "请选择要上传的扫描件") {
		t.Errorf("nothing chosen: %d", r.status)
	}
}

// A file that grows over twenty megabytes is refused while it grows, and whoever begins too many has to finish some.
func TestAFileTooLargeAndTooManyBegun(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	block := strings.Repeat("x", 1000<<10)
	s, id, there := counter.piece("", 0, block)
	for s == 200 && there < 20<<20 {
		s, _, there = counter.piece(id, there, block)
	}
	if s != 413 {
		t.Errorf("more than twenty megabytes: %d at %d", s, there)
	}
	if s, _, _ := counter.piece(id, 0, "x"); s != 404 {
		t.Errorf("what was too large is gone on with: %d", s)
	}

	village := visit(t, web, "village")
	var begun []string
	for range 20 {
		s, id, _ := village.piece("", 0, "x")
		if s != 200 {
			t.Fatalf("file %d: %d", len(begun), s)
		}
		begun = append(begun, id)
	}
	if s, _, _ := village.piece("", 0, "x"); s != 429 {
		t.Errorf("the twenty-first: %d", s)
	}
	if s, _, _ := village.piece(begun[0], 1, "x"); s != 200 {
		t.Errorf("one of the twenty goes on: %d", s)
	}
	if s, _, _ := counter.piece("", 0, "x"); s != 200 {
		t.Errorf("another officer waits for it: %d", s)
	}
}

// Several pictures become one paper, and one that lies on its side is turned.
func TestPagesBecomeOnePaper(t *testing.T) {
	t.Parallel()
	web, _ := quietCounty(t)
	counter := visit(t, web, "counter")
	counter.choose("homestead")
	counter.submit("/new", "chain", "homestead")
	home := caseOfPage.FindStringSubmatch(counter.page)[1]
	page := func(name string) [2]string { return [2]string{name, pngOf(t, 40, 20)} }
	paper := func(code string) (string, string) {
		t.Helper()
		res, err := web.Test(withCookie(getRequest(home+"/materials/"+code), counter.cookie), -1)
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		_, _ = b.ReadFrom(res.Body)
		return res.Header.Get("Content-Type"), b.String()
	}

	if r := counter.parts(home+"/materials", [][2]string{page("户口簿1.png"), page("户口簿2.png"), page("户口簿3.png")}, "code", "HP03"); r.status != 303 {
		t.Fatalf("three pages: %d %s", r.status, r.body)
	}
	if kind, b := paper("HP03"); kind != "application/pdf" || !strings.HasPrefix(b, "%PDF-") || strings.Count(b, "/Type /Page\n")+strings.Count(b, "/Type /Page ")+strings.Count(b, "/Type /Page/") < 3 {
		t.Errorf("three pages became %s of %d bytes with %d pages", kind, len(b), strings.Count(b, "/Type /Page")-1)
	}
	if counter.get(home); !strings.Contains(counter.page, "户口簿1 等3页.pdf") {
		t.Errorf("the paper is not named:\n%s", counter.page)
	}

	for _, turn := range []struct {
		degrees       string
		width, height int
		redAt         image.Point // where the left of the picture went
	}{{"90", 20, 40, image.Pt(10, 3)}, {"180", 40, 20, image.Pt(36, 10)}, {"270", 20, 40, image.Pt(10, 36)}} {
		if r := counter.parts(home+"/materials", [][2]string{page("身份证.png")}, "code", "HP04", "turn", turn.degrees); r.status != 303 {
			t.Fatalf("turned by %s: %d %s", turn.degrees, r.status, r.body)
		}
		kind, b := paper("HP04")
		img, err := jpeg.Decode(strings.NewReader(b))
		if err != nil || kind != "image/jpeg" {
			t.Fatalf("turned by %s: %s %v", turn.degrees, kind, err)
		}
		red, _, blue, _ := img.At(turn.redAt.X, turn.redAt.Y).RGBA()
		if img.Bounds().Dx() != turn.width || img.Bounds().Dy() != turn.height || red < 2*blue {
			t.Errorf("turned by %s it is %v, red %d and blue %d at %v", turn.degrees, img.Bounds(), red, blue, turn.redAt)
		}
	}
	if counter.get(home); !strings.Contains(counter.page, "身份证.jpg") {
		t.Errorf("the turned one is not named as it is:\n%s", counter.page)
	}
	for why, files := range map[string][][2]string{"a picture and no picture": {page("a.png"), {"b.png", "no picture"}}, "a picture and a PDF": {page("a.png"), {"b.pdf", "%PDF-1.4\n"}}} {
		if r := counter.parts(home+"/materials", files, "code", "HP05"); r.status != 422 || !strings.Contains(r.body, "没有提交成功") && !strings.Contains(r.body, `class="wrong"`) {
			t.Errorf("%s: %d", why, r.status)
		}
	}
	if r := counter.parts(home+"/materials", [][2]string{page("a.png")}, "code", "HP05", "turn", "45"); r.status != 422 {
		t.Errorf("turned by 45: %d", r.status)
	}
	if counter.get(home); strings.Contains(counter.page, home+"/materials/HP05") {
		t.Error("what was refused is in the file")
	}
}

// Pictures of a stage are taken by who works in it, while it lasts: the notice on its board by the group, the site by the three offices.
func TestPicturesOfAStage(t *testing.T) { // R34, R49
	lawtest.Claim(t, "R34", "R49")
	t.Parallel()
	web, _ := quietCounty(t)
	d := desksOf(t, web)
	all := []string{"counter", "group", "village", "economic", "social", "planning", "township", "agriculture", "supervision"}
	check := func(at, code string, may ...string) {
		t.Helper()
		for _, login := range all {
			b := d.at(login)
			_, offered := b.form("/materials", "code", code)
			r := b.parts(d.home+"/materials", [][2]string{{code + ".png", string(handlers.SmallPNG)}}, "code", code)
			if allowed := slices.Contains(may, login); offered != allowed || (r.status == 303) != allowed {
				t.Errorf("%s, %s by %s: %d, offered %v, allowed %v", at, code, login, r.status, offered, allowed)
			}
		}
	}
	check("before the notice hangs", "HP06")
	d.goTo("group_received", "group_notice")
	check("while the notice hangs", "HP06", "group")
	check("while the notice hangs", "HP07")
	d.goTo("group_notice", "joint_review")
	check("in joint review", "HP06")
	check("in joint review", "HP07", "economic", "social", "planning")
	d.goTo("joint_review", "decision")
	check("in the decision", "HP07")
}
