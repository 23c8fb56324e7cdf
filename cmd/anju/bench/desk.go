package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/cmd/anju/backend"
	"anju/handlers"
	"anju/seeds"
	"anju/workflow"
)

// webLoad is the web application with clients that read in it.
type webLoad struct {
	web      *fiber.App
	listener net.Listener
	folder   string
	served   chan error
	tokens   []string
	first    workflow.CaseID
	cases    int
	client   http.Client
}

func openWebLoad(ctx context.Context, be *backend.Backend, svc *workflow.Service, people seeds.People,
	first workflow.CaseID, cases int) (_ *webLoad, err error) {
	d := &webLoad{first: first, cases: cases, served: make(chan error, 1),
		client: http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	if d.folder, err = os.MkdirTemp("", "anju-desk-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(d.folder)
		}
	}()
	d.web, err = handlers.New(handlers.Config{UploadDir: filepath.Join(d.folder, "uploads")}, svc, be.Web())
	if err != nil {
		return nil, err
	}
	// a township's head, a clerk, and the county, which sees all of it
	for _, p := range []workflow.Party{workflow.TownshipGovernment, workflow.ServiceCenter,
		workflow.CountyAgricultureBureau} {
		token, _, _, err := be.Store.NewSession(ctx, people[p], 24*time.Hour)
		if err != nil {
			return nil, err
		}
		d.tokens = append(d.tokens, token)
	}
	if d.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	go func() { d.served <- d.web.Listener(d.listener) }()
	return d, nil
}

func (d *webLoad) close() error {
	d.client.CloseIdleConnections()
	err := d.web.ShutdownWithTimeout(5 * time.Second)
	return errors.Join(err, <-d.served, os.RemoveAll(d.folder))
}

// pageKinds are the pages asked for, in turn: the case twice, as people do.
var pageKinds = []string{"the tasks", "the list", "a case"}

// latencies are how long pages took, by kind.
type latencies struct {
	took   map[string][]time.Duration
	failed int
}

// all are the waits of every kind, sorted.
func (w latencies) all() []time.Duration {
	var all []time.Duration
	for _, took := range w.took {
		all = append(all, took...)
	}
	slices.Sort(all)
	return all
}

// read asks for pages at a steady rate while something is done. What each took is counted from the moment at which it
// was due to be asked, so that a program that stands still is not asked less.
func (d *webLoad) read(ctx context.Context, rate float64, do func()) latencies {
	ended := make(chan struct{})
	go func() { defer close(ended); do() }()
	w := latencies{took: map[string][]time.Duration{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	began := time.Now()
	for n := 0; ; n++ {
		due := began.Add(time.Duration(float64(n) / rate * float64(time.Second)))
		select {
		case <-ended:
			all.Wait()
			return w
		case <-time.After(time.Until(due)):
		}
		all.Go(func() {
			kind, ok := d.page(ctx, n)
			mu.Lock()
			defer mu.Unlock()
			w.took[kind] = append(w.took[kind], time.Since(due))
			if !ok {
				w.failed++
			}
		})
	}
}

// page asks for one page: what waits for the office, the list of cases, or one case.
func (d *webLoad) page(ctx context.Context, n int) (kind string, ok bool) {
	path, token := "/", d.tokens[n/4%len(d.tokens)]
	kind = pageKinds[min(n%4, 2)]
	switch n % 4 {
	case 1:
		path = "/cases"
	case 2, 3:
		path = fmt.Sprintf("/cases/%d", int(d.first)+n*7919%d.cases)
		token = d.tokens[len(d.tokens)-1] // every case lies in the county
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.listener.Addr().String()+path, nil)
	if err != nil {
		return kind, false
	}
	req.Header.Set("Cookie", "anju_session="+token)
	resp, err := d.client.Do(req)
	if err != nil {
		return kind, false
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	return kind, err == nil && resp.StatusCode == http.StatusOK && strings.Contains(string(text), "</html>")
}
