package main

import (
	"anju/models/modelstest"
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const memoryOfServer = 512 << 20

// peak is the most memory that a process has had.
func peak(t *testing.T, pid int) int {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("the server has ended: %v", err)
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	line, _, _ := strings.Cut(rest, "\n")
	kb, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(line), " kB"))
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

func tokenOf(t *testing.T, base, login string) string {
	t.Helper()
	var s struct{ Token string }
	if code := call(
		t,
		"POST",
		base+"/api/v1/sessions",
		"",
		map[string]string{"login": login, "password": "anju-demo"},
		&s,
	); code != http.StatusCreated {
		t.Fatalf("log in as %s: %d", login, code)
	}
	return s.Token
}

// draftOf opens a case that its counter may attach scans to.
func draftOf(t *testing.T, base, token string) string {
	t.Helper()
	var chain struct {
		Ready struct {
			Household string `json:"household_id"`
			Data      any
		}
	}
	call(t, "GET", base+"/api/v1/chains/homestead", token, nil, &chain)
	var c struct{ ID string }
	if code := call(
		t,
		"POST",
		base+"/api/v1/cases",
		token,
		map[string]any{"chain": "homestead", "household_id": chain.Ready.Household, "application": chain.Ready.Data},
		&c,
	); code != http.StatusCreated {
		t.Fatalf("open a case: %d", code)
	}
	return c.ID
}

// stall sends a request of twenty megabytes but for its last one, waits, and gives the status of the answer; 0 where
// there is none.
func stall(addr, path, token string) (int, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		return 0, err
	}
	head := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n"
	request := fmt.Sprintf(
		"POST %s HTTP/1.1\r\nHost: a.example\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n",
		path,
		20<<20,
	)
	if token != "" {
		request += "Authorization: Bearer " + token + "\r\n"
	}
	answer := make(chan int, 1)
	go func() {
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			answer <- 0 // closed
			return
		}
		_ = res.Body.Close()
		answer <- res.StatusCode
	}()
	_, err = io.WriteString(c, request+"\r\n"+head)
	for sent, piece := 0, make([]byte, 64<<10); err == nil && sent < 19<<20; sent += len(piece) {
		_, err = c.Write(piece)
	}
	return <-answer, nil // what could not be written was refused
}

// bomb is a PNG of a few kilobytes and very many pixels.
func bomb(t *testing.T, width, height int, colours byte) []byte {
	t.Helper()
	var b, packed bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(kind string, body []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(body)))
		b.WriteString(kind)
		b.Write(body)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(kind), body...)))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(width)), uint32(height))
	chunk("IHDR", append(head, 8, colours, 0, 0, 0))
	w := zlib.NewWriter(&packed)
	line := make([]byte, 1+width*map[byte]int{0: 1, 6: 4}[colours])
	for range height {
		if _, err := w.Write(line); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Close()
	chunk("IDAT", packed.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// post hands in files on the page of a case, and gives the status.
func post(t *testing.T, base, id, token string, files ...[]byte) int {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	_ = w.WriteField("code", "HP01")
	for i, f := range files {
		part, err := w.CreateFormFile("file", fmt.Sprintf("%d.png", i))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(f)
	}
	_ = w.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", base+"/cases/"+id+"/materials", &body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", w.FormDataContentType())
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// Forty uploads of twenty megabytes that stall, by strangers and by an officer, and pictures that unpack to gigabytes,
// do not take a server of 512 MB down: others are served meanwhile (security M6, M7; abuse 30, 34).
func TestFloodsAgainstASmallServer(t *testing.T) {
	modelstest.Long(t) // it sends gigabytes
	t.Parallel()
	srv := startProcess(t, []string{"GOMEMLIMIT=", "TMPDIR=" + t.TempDir()}, "--demo", "--data", t.TempDir())
	base, pid := srv.base, srv.pid
	addr := strings.TrimPrefix(base, "http://")
	counter, village := tokenOf(t, base, "counter"), tokenOf(t, base, "village")
	id := draftOf(t, base, counter)
	t.Logf("before: %d MB", peak(t, pid)>>20)

	var all sync.WaitGroup
	statuses := make(chan string, 200)
	for _, flood := range []struct{ name, path, token string }{
		{"a stranger logs in", "/login", ""}, {"a stranger uploads", "/api/v1/cases/" + id + "/materials", ""},
		{"an officer uploads", "/api/v1/cases/" + id + "/materials", counter},
		{"another officer uploads", "/cases/" + id + "/materials", village},
	} {
		for range 40 {
			all.Go(func() {
				status, err := stall(addr, flood.path, flood.token)
				if err != nil || status != 0 && status != http.StatusServiceUnavailable && (status < 400 || status >= 500) {
					t.Errorf("%s: answered with %d, %v", flood.name, status, err)
				}
				statuses <- fmt.Sprint(flood.name, " ", status)
			})
		}
	}
	for range 10 {
		if s := get(base + "/guidance"); s != http.StatusOK {
			t.Errorf("a page meanwhile: %d", s)
		}
		if s := call(t, "GET", base+"/api/v1/tasks", village, nil, nil); s != http.StatusOK {
			t.Errorf("tasks meanwhile: %d", s)
		}
	}
	all.Wait()
	close(statuses)
	seen := map[string]int{}
	for s := range statuses {
		seen[s]++
	}
	t.Logf("after the floods: %d MB; %v", peak(t, pid)>>20, seen)
	if seen["an officer uploads 408"] == 0 {
		t.Error("no stalled upload of an officer was cut for being slow")
	}

	large, many := bomb(t, 12000, 6600, 0), bomb(t, 6000, 6600, 6)
	twenty := func(b []byte) (list [][]byte) {
		for range 20 {
			list = append(list, b)
		}
		return list
	}
	for _, tt := range []struct {
		name, token string
		files       [][]byte
		refused     bool
	}{
		{"twenty too large, by who may attach", counter, twenty(large), true},
		{"twenty too large, by who may not", village, twenty(large), true},
		{"twenty that are too many, by who may attach", counter, twenty(many), true},
		{"one too large", counter, twenty(large)[:1], true},
		{"four that are large", counter, twenty(many)[:4], false},
	} {
		s := post(t, base, id, tt.token, tt.files...)
		if tt.refused && (s < 400 || s >= 500) {
			t.Errorf("%s: %d", tt.name, s)
		}
		t.Logf("%s: %d, %d MB", tt.name, s, peak(t, pid)>>20)
	}
	pages := make([][]byte, 10)
	for i := range pages {
		pages[i] = bomb(t, 2400, 2400, 6)
	}
	answers := make(chan int, 8)
	for range cap(answers) { // honest scans, all at once
		all.Go(func() { answers <- post(t, base, id, counter, pages...) })
	}
	all.Wait()
	close(answers)
	for s := range answers {
		if s != http.StatusSeeOther && s != http.StatusCreated && s != http.StatusServiceUnavailable &&
			s != http.StatusTooManyRequests {
			t.Errorf("ten pages among eighty: %d", s)
		}
	}
	t.Logf("eighty pages at once: %d MB", peak(t, pid)>>20)
	if s := get(base + "/guidance"); s != http.StatusOK {
		t.Errorf("a page afterwards: %d", s)
	}
	if p := peak(t, pid); p > memoryOfServer {
		t.Errorf("the server took %d MB", p>>20)
	}
}
