package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/emmansun/gmsm/sm3"

	"anju/cmd/anju/backend"
	"anju/models/archive"
	"anju/models/modelstest"
)

// serving is a demo county that serves, with its address and an account of the counter.
type serving struct {
	site
	*running
	token       string
	application json.RawMessage
	household   string
}

func serveDemo(t *testing.T, p site) *serving {
	t.Helper()
	if strings.Contains(p.db, "://") {
		p.must("migrate", "up")
	} else {
		seedDemo(t, p.data)
	}
	s := &serving{site: p, running: startServer(t, p.args("--demo")...)}
	var session struct{ Token string }
	call(
		t,
		"POST",
		s.base+"/api/v1/sessions",
		"",
		map[string]string{"login": "counter", "password": "anju-demo"},
		&session,
	)
	s.token = session.Token
	var chain struct {
		Ready struct {
			HouseholdID string `json:"household_id"`
			Data        json.RawMessage
		}
	}
	call(t, "GET", s.base+"/api/v1/chains/homestead", s.token, nil, &chain)
	if s.household, s.application = chain.Ready.HouseholdID, chain.Ready.Data; s.household == "" {
		t.Fatal("no household is ready")
	}
	return s
}

// draft opens a case and hands in a scan that no other case has; "" where either was not acknowledged.
func (s *serving) draft() string {
	body, _ := json.Marshal(
		map[string]any{"chain": "homestead", "household_id": s.household, "application": s.application},
	)
	var opened struct{ ID string }
	if !s.send("/api/v1/cases", "application/json", bytes.NewReader(body), &opened) {
		return ""
	}
	picture := image.NewGray(image.Rect(0, 0, 64, 64))
	for i := range picture.Pix {
		picture.Pix[i] = byte(rand.Uint32())
	}
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	_ = w.WriteField("code", "HP01")
	f, _ := w.CreateFormFile("file", "scan.png")
	_ = png.Encode(f, picture)
	_ = w.Close()
	if !s.send("/api/v1/cases/"+opened.ID+"/materials", w.FormDataContentType(), &form, nil) {
		return ""
	}
	return opened.ID
}

func (s *serving) send(path, kind string, body io.Reader, into any) bool {
	req, err := http.NewRequest("POST", s.base+path, body)
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bearer "+s.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusCreated && (into == nil || json.Unmarshal(text, into) == nil)
}

// load opens cases from several writers at once until it is stopped, and gives those that were acknowledged by then.
type load struct {
	mu    sync.Mutex
	acked []string
	stop  func()
}

func (s *serving) load(t *testing.T) *load {
	ctx, cancel := context.WithCancel(t.Context())
	l := &load{}
	var writers sync.WaitGroup
	for range 3 {
		writers.Go(func() {
			for ctx.Err() == nil {
				if id := s.draft(); id != "" {
					l.mu.Lock()
					l.acked = append(l.acked, id)
					l.mu.Unlock()
				}
			}
		})
	}
	l.stop = sync.OnceFunc(func() { cancel(); writers.Wait() })
	t.Cleanup(l.stop)
	return l
}

func (l *load) done() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acked[:len(l.acked):len(l.acked)]
}

// backupKeyOf makes a key of backups and gives its file and its recipient.
func backupKeyOf(t *testing.T, p site) (file, recipient string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "backup.key")
	return file, strings.TrimSpace(p.must("backup", "key", "--out", file))
}

// elsewhere is an empty machine with the master key of p and nothing else.
func (p site) elsewhere(t *testing.T) site {
	t.Helper()
	q := newSite(t, "")
	if strings.Contains(p.db, "://") {
		q.db = modelstest.Postgres(t)
	}
	key, err := os.ReadFile(p.key)
	if err == nil {
		err = os.Mkdir(q.data, 0o700)
	}
	if err == nil {
		err = os.WriteFile(q.key, key, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestBackupUnderLoadIsRestored backs a county up while it is written to, restores it on an empty machine with the
// commands alone, and compares: what was acknowledged before is there, the history is whole, numbers have neither gaps
// nor doubles, and the files are those that the rows name.
func TestBackupUnderLoadIsRestored(t *testing.T) {
	long(t)
	onSites(t, func(t *testing.T, p site) {
		s := serveDemo(t, p)
		key, recipient := backupKeyOf(t, p)
		l := s.load(t)
		eventually(t, "20 cases are opened", func() bool { return len(l.done()) >= 20 })
		acked := l.done()
		out := filepath.Join(t.TempDir(), "anju.age")
		said := p.must("backup", "--out", out, "--recipient", recipient)
		before := len(acked)
		eventually(t, "it goes on serving", func() bool { return len(l.done()) >= before+10 })
		l.stop()
		if code := s.stop(); code != exitDone {
			t.Fatalf("serve ended with %d", code)
		}
		p.must("backup", "verify", "--in", out, "--identity", key)
		if left, _ := filepath.Glob(filepath.Join(p.data, "backup-*.copy")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}

		q := p.elsewhere(t)
		q.must("restore", "--in", out, "--identity", key)
		m := manifestOf(t, out, key)
		t.Logf("%d acknowledged before it; %s", len(acked), said)
		q.oracle(t, m, acked)
		// the restored county serves, under its hold, and gives out the scan of a case that was acknowledged
		again := startServer(t, q.args("--demo")...)
		req, _ := http.NewRequest("GET", again.base+"/api/v1/cases/"+acked[0]+"/materials/HP01", nil)
		req.Header.Set("Authorization", "Bearer "+s.token)
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the scan of case %s: %v %v", acked[0], resp, err)
		}
		again.stop()
		if n := q.number("SELECT count(*) FROM restore_holds WHERE confirmed_at IS NULL"); n != 1 {
			t.Errorf("%d restore holds after the first start", n)
		}
		q.must("restore", "confirm")
		if got := q.must("history", "verify"); !strings.Contains(got, fmt.Sprintf("%d 件", m.Counts.Cases)) {
			t.Errorf("%s, the manifest counts %d cases", got, m.Counts.Cases)
		}
	})
}

// manifestOf verifies a backup by the command and returns its manifest.
func manifestOf(t *testing.T, file, key string) (m archive.Manifest) {
	t.Helper()
	var out, errOut strings.Builder
	code := run(
		t.Context(),
		[]string{"backup", "verify", "--in", file, "--identity", key, "--json"},
		strings.NewReader(""),
		&out,
		&errOut,
	)
	if code != exitDone {
		t.Fatalf("backup verify: %d %s", code, errOut.String())
	}
	if err := json.Unmarshal([]byte(out.String()), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func (p site) number(query string) (n int) {
	p.t.Helper()
	if err := p.sql().QueryRowContext(p.t.Context(), query).Scan(&n); err != nil {
		p.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// oracle proves a restored county from its own rows and files.
func (p site) oracle(t *testing.T, m archive.Manifest, acked []string) {
	t.Helper()
	for _, id := range acked {
		if n := p.number("SELECT count(*) FROM materials WHERE code = 'HP01' AND case_id = " + id); n != 1 {
			t.Errorf("case %s, acknowledged before the backup, has %d scans", id, n)
		}
	}
	for what, query := range map[string]string{
		"cases are in another state than their history ends in": "SELECT count(*) FROM cases c JOIN history h ON " +
			"h.case_id = c.id AND h.step = c.step WHERE h.to_state <> c.state OR h.hash <> c.head",
		"cases whose steps have gaps": "SELECT count(*) FROM (SELECT case_id FROM history GROUP " +
			"BY case_id HAVING count(*) <> max(step)) AS x",
		"idempotency keys stand for a step that is not there": "SELECT count(*) FROM idempotency i WHERE case_id <> 0 " +
			"AND NOT EXISTS (SELECT 1 FROM history h WHERE h.case_id = i.case_id AND h.step = i.step)",
		"rungs were fired for a deadline that is not there": "SELECT count(*) FROM rungs_fired r WHERE NOT EXISTS " +
			"(SELECT 1 FROM deadlines d WHERE d.id = r.deadline_id)",
		"case numbers are double": "SELECT count(*) FROM (SELECT number FROM cases GROUP BY number HAVING " +
			"count(*) > 1) AS x",
		"series of papers have gaps or doubles": "SELECT count(*) FROM (SELECT series FROM documents WHERE series <> '' " +
			"GROUP BY series HAVING count(*) <> max(seq) OR count(DISTINCT seq) <> count(*)) AS x",
	} {
		if n := p.number(query); n != 0 {
			t.Errorf("%d %s", n, what)
		}
	}
	if n := p.number("SELECT count(*) FROM cases"); n != m.Counts.Cases {
		t.Errorf("%d cases, the manifest counts %d", n, m.Counts.Cases)
	}
	for series, last := range m.Counts.Series {
		var now int64
		if err := p.sql().
			QueryRowContext(t.Context(), "SELECT last FROM number_series WHERE name = '"+series+"'").
			Scan(&now); err != nil ||
			now < last {
			t.Errorf("series %s stands at %d after the restore and stood at %d (%v)", series, now, last, err)
		}
	}
	p.files(t)
}

// files compares the folder of uploads with the rows.
func (p site) files(t *testing.T) {
	t.Helper()
	named := map[string]bool{}
	rows, err := p.sql().QueryContext(t.Context(), "SELECT DISTINCT hash FROM materials")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		named[name] = true
		b, err := os.ReadFile(filepath.Join(backend.Uploads(p.data), name[:2], name))
		if sum := sm3.Sum(b); err == nil && hex.EncodeToString(sum[:]) != name {
			err = errors.New("its content is not what its name says")
		}
		if err != nil {
			t.Errorf("file %s: %v", name, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(backend.Uploads(p.data), "??", "*"))
	if err != nil || len(found) != len(named) {
		t.Errorf("%d files, %d are named (%v)", len(found), len(named), err)
	}
}
