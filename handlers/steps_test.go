package handlers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"anju/handlers/request"
)

// team are the accounts of a county at their desks: they walk cases with the examples that the chain publishes.
type team struct {
	t      *testing.T
	web    tester
	people map[string]*client
	chains map[string]map[string]any
	keys   int
}

var desks = []string{"counter", "group", "village", "economic", "social", "planning", "township", "agriculture", "resources"}

func teamOf(t *testing.T, web tester) *team {
	t.Helper()
	return &team{t: t, web: web, people: map[string]*client{}, chains: map[string]map[string]any{}}
}

func (w *team) as(login string) *client {
	w.t.Helper()
	if w.people[login] == nil {
		w.people[login] = logIn(w.t, w.web, login)
	}
	return w.people[login]
}

// chain is a chain as it is published.
func (w *team) chain(id string) map[string]any {
	w.t.Helper()
	if w.chains[id] == nil {
		_, w.chains[id] = w.as("counter").ask("GET", request.APIRoot+"/chains/"+id, "")
	}
	return w.chains[id]
}

func (w *team) key() string { w.keys++; return fmt.Sprint("key-", w.keys) }

// get reads what must be there.
func (w *team) get(login, path string) map[string]any {
	w.t.Helper()
	s, m := w.as(login).ask("GET", request.APIRoot+path, "")
	if s != 200 {
		w.t.Fatalf("%s reads %s: %d %v", login, path, s, m)
	}
	return m
}

func (w *team) see(id string) map[string]any { w.t.Helper(); return w.get("counter", "/cases/"+id) }

// open enters a draft of a chain for the household that is ready.
func (w *team) open(chain string) string {
	w.t.Helper()
	delete(w.chains, chain) // the household that is ready is another one each time
	ready := w.chain(chain)["ready"].(map[string]any)
	b, _ := json.Marshal(map[string]any{"chain": chain, "household_id": ready["household_id"], "application": ready["data"]})
	s, m := w.as("counter").ask("POST", request.APIRoot+"/cases", string(b))
	if s != 201 {
		w.t.Fatalf("open: %d %v", s, m)
	}
	return m["id"].(string)
}

// example is what the chain offers for a verb or a record of the stage a case is in.
func (w *team) example(c map[string]any, list, name, value string) any {
	w.t.Helper()
	for _, st := range w.chain(c["chain"].(string))["stages"].([]any) {
		st := st.(map[string]any)
		if st["state"] != c["state"] {
			continue
		}
		for _, r := range st[list].([]any) {
			if r := r.(map[string]any); r[name] == value {
				return r["data"].(map[string]any)["examples"].([]any)[0]
			}
		}
	}
	w.t.Fatalf("%s is not published for %v", value, c["state"])
	return nil
}

// do takes a verb with its example, as whoever may.
func (w *team) do(id, verb string) map[string]any {
	w.t.Helper()
	c := w.see(id)
	body, _ := json.Marshal(map[string]any{"verb": verb, "seen": c["seen"], "reason": "按规定办理", "data": w.example(c, "verbs", "verb", verb)})
	var said []any
	for _, l := range desks {
		s, m := w.as(l).ask("POST", request.APIRoot+"/cases/"+id+"/moves", string(body), request.KeyHeader, w.key())
		if s == 200 {
			return m
		}
		if s != 403 {
			said = append(said, l, s, m["detail"])
		}
	}
	w.t.Fatalf("nobody does %s in %v: %v", verb, c["state"], said)
	return nil
}

// write enters a record; data may be nil for the example.
func (w *team) write(login, id, kind string, data any) (int, map[string]any) {
	w.t.Helper()
	if data == nil {
		data = w.example(w.see(id), "records", "kind", kind)
	}
	body, _ := json.Marshal(map[string]any{"kind": kind, "data": data})
	return w.as(login).ask("POST", request.APIRoot+"/cases/"+id+"/records", string(body), request.KeyHeader, w.key())
}

func (w *team) wrote(login, id, kind string, data any) map[string]any {
	w.t.Helper()
	s, m := w.write(login, id, kind, data)
	if s != 200 {
		w.t.Fatalf("%s writes %s: %d %v", login, kind, s, m)
	}
	return m
}

// pass moves the demo clock.
func (w *team) pass(d string) {
	w.t.Helper()
	if s, m := w.as("counter").ask("POST", request.APIRoot+"/demo/clock", `{"advance":"`+d+`"}`); s != 200 {
		w.t.Fatalf("clock: %d %v", s, m)
	}
}

func (w *team) set(at string) {
	w.t.Helper()
	if s, m := w.as("counter").ask("POST", request.APIRoot+"/demo/clock", `{"set":"`+at+`"}`); s != 200 {
		w.t.Fatalf("clock: %d %v", s, m)
	}
}

// until walks the main line until the case lies in a state.
func (w *team) until(id, state string) map[string]any {
	w.t.Helper()
	for range 200 {
		c := w.see(id)
		if c["state"] == state {
			return c
		}
		verb, blocked := "", []any(nil)
		for _, v := range c["verbs"].([]any) {
			v := v.(map[string]any)
			if w.ahead(c, v["verb"].(string)) {
				verb, blocked = v["verb"].(string), v["blocked"].([]any)
			}
		}
		if len(blocked) == 0 {
			w.do(id, verb)
			continue
		}
		w.meet(id, blocked[0].(map[string]any)["by"].(string))
	}
	w.t.Fatalf("case %s does not come to %s", id, state)
	return nil
}

func (w *team) ahead(c map[string]any, verb string) bool {
	for _, st := range w.chain(c["chain"].(string))["stages"].([]any) {
		if st := st.(map[string]any); st["state"] == c["state"] {
			return slices.ContainsFunc(st["verbs"].([]any), func(v any) bool {
				m := v.(map[string]any)
				return m["verb"] == verb && m["ahead"] == true
			})
		}
	}
	return false
}

func (w *team) meet(id, by string) {
	w.t.Helper()
	kind, name, _ := strings.Cut(by, ":")
	switch kind {
	case "material":
		if s, m := w.as("counter").upload(request.APIRoot+"/cases/"+id+"/materials", name, name+".png", smallPNG); s != 201 {
			w.t.Fatalf("upload %s: %d %v", name, s, m)
		}
		return
	case "record":
		for _, l := range desks {
			for _, r := range w.get(l, "/cases/"+id)["records"].([]any) {
				if r := r.(map[string]any); r["kind"] == name && r["allowed"] == true && (r["optional"] == false || name == "resume_clock") {
					w.wrote(l, id, name, nil)
					return
				}
			}
		}
	case "time":
		w.pass("24h")
		return
	}
	w.t.Fatalf("nothing meets %s", by)
}
