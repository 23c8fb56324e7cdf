package handlers_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"

	"anju/handlers"
	"anju/models"
	"anju/models/db"
	"anju/models/modelstest"
	"anju/models/org"
	"anju/seeds"
	"anju/workflow"
	"anju/workflow/casework"
	"anju/workflow/chains"
	"anju/workflow/trades"
)

// keyExceptions are the operations that change something, or are sent as if they did, and keep no answer under a key.
var keyExceptions = map[string]string{
	"log-in":          "opens a session; its token is no answer to keep",
	"change-password": "ends every session, and the same password again is no other act",
	"turn-clock":      "the demo county's clock: it goes to an instant, and is there when told again",
	"print-batch":     "changes nothing: the papers are printed anew, the same ones",
	"open-case":       "the case is found by its key: TestFaultsOfPostgres",
	"save-household":  "the file is found by its key: TestFaultsOfPostgres",
	"move-case":       "the step is found by its key: TestFaultsOfPostgres",
	"record-case":     "the step is found by its key: TestFaultsOfPostgres",
	"attach-material": "the step is found by its key: TestFaultsOfPostgres",
	"explain-breach":  "the step is found by its key: TestExplanationUnderAKeyIsOne",
	"rule-breach":     "the step is found by its key: TestExplanationUnderAKeyIsOne",
}

// keyed is one operation that is sent twice under one key.
type keyed struct {
	operation, login, path, body string
	other                        string // content that is refused under the same key
	status                       int
	table, where                 string // where one row more is found afterwards; empty where rows are written over
}

// keyedCounty is a county in which each of those operations can be done, served by three programs on one database.
type keyedCounty struct {
	*real
	db      modelstest.Database
	clk     *clock
	servers []*fiber.App // the third one starts when the first two have answered
	tokens  map[string]string
	queue   handlers.Queue // of the programs that start from now on; nil: another process runs the jobs
	set     workflow.County
	sign    workflow.CaseID
}

func (k *keyedCounty) start(d *db.DB) *fiber.App {
	k.t.Helper()
	store := models.NewStore(d, chains.Published())
	svc := casework.NewService(store, chains.Published(), func() workflow.County { return k.set }, k.clk.Now)
	web, err := handlers.New(handlers.Config{UploadDir: k.t.TempDir(), BaseURL: "https://anju.example.gov.cn",
		Queue: k.queue}, svc, store)
	if err != nil {
		k.t.Fatal(err)
	}
	k.store, k.svc = store, svc
	return web
}

// again opens the database a second time, as another process does.
func (k *keyedCounty) again() *db.DB {
	k.t.Helper()
	d, err := db.Open(k.t.Context(), db.Options{URL: k.db.URL, Keys: k.db.Keys, Now: k.clk.Now})
	if err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = d.Close() })
	return d
}

func (k *keyedCounty) count(table, where string) int {
	k.t.Helper()
	var n int
	if err := k.db.Pool().QueryRowContext(k.t.Context(), "SELECT count(*) FROM "+table+" WHERE "+
		where).Scan(&n); err != nil {
		k.t.Fatal(err)
	}
	return n
}

// number is the number of the first row that a query finds.
func (k *keyedCounty) number(query string) (n int64) {
	k.t.Helper()
	if err := k.db.Pool().QueryRowContext(k.t.Context(), query).Scan(&n); err != nil {
		k.t.Fatalf("%s: %v", query, err)
	}
	return n
}

func (k *keyedCounty) exec(query string, args ...any) {
	k.t.Helper()
	if err := k.db.Write(k.t.Context()).Exec(query, args...).Error; err != nil {
		k.t.Fatalf("%s: %v", query, err)
	}
}

// post sends a request and gives the answer as text.
func (k *keyedCounty) post(web *fiber.App, login, path, key, body string) string {
	req := httptest.NewRequest("POST", "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+k.tokens[login])
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := web.Test(req, -1)
	if err != nil {
		return err.Error()
	}
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(res.StatusCode, " ", string(b))
}

// onKeyedCounty runs a test on such a county, on both databases.
func onKeyedCounty(t *testing.T, test func(*testing.T, *keyedCounty)) {
	t.Helper()
	readyGround.Each(t, func(t *testing.T, copied func(modelstest.Options) (modelstest.Database, seeds.People)) {
		clk := &clock{t: seeds.DemoStart}
		d, people := copied(modelstest.Options{Now: clk.Now})
		k := &keyedCounty{real: &real{t: t}, db: d, clk: clk, tokens: map[string]string{}}
		k.store = models.NewStore(d.DB, chains.Published())
		var err error
		if k.set, err = k.store.County(t.Context()); err != nil {
			t.Fatal(err)
		}
		k.set.Parameters.Purchase = trades.Purchase{Document: "稷政办发〔2026〕3号", Year: 2026, DesignFen: 100_000,
			SuperviseFen: 50_000, BudgetFen: 150_000, Households: 500}
		k.servers = []*fiber.App{k.start(d.DB), k.start(k.again())}
		k.walk = &seeds.Walker{Service: k.svc, Officers: people}
		k.web = k.servers[0]
		k.prepare()
		for _, login := range []string{"counter", "village", "township", "housing", "planning", "admin"} {
			var status int
			if status, k.tokens[login] = k.tryPassword(login, "anju-demo"); status != 201 {
				t.Fatalf("%s: %d", login, status)
			}
		}
		test(t, k)
	})
}

// prepare brings about what there must be something of: a case at its inspection, a job and a message that failed.
func (k *keyedCounty) prepare() {
	k.t.Helper()
	ctx := k.t.Context()
	c := k.one("completion_acceptance.low_rise")
	for c.State != "inspection" {
		next, _, err := k.walk.Step(ctx, c.ID)
		var wait *seeds.WaitError
		if errors.As(err, &wait) {
			k.clk.Set(wait.Until)
			continue
		}
		if err != nil {
			k.t.Fatal(err)
		}
		c = next
	}
	k.sign = c.ID
	for i := range 2 {
		k.exec("INSERT INTO notices (case_id, office_id, kind, source, generation, rung, step, text, at) "+
			"SELECT ?, office_id, 'rung', ?, 1, 'yellow', 1, '', ? FROM officers WHERE login = 'planning'", int64(c.ID),
			900+i, k.clk.Now())
	}
	if err := k.store.FailedJob(ctx, "rung", []byte(`{"case":1}`), errors.New("it panicked"), c.ID); err != nil {
		k.t.Fatal(err)
	}
	now := k.clk.Now()
	k.exec("INSERT INTO deliveries (officer_id, kind, channel_id, due_at, not_before, state, message_id, created_at) "+
		"VALUES (?, 'urgent', 0, ?, ?, 'failed', 'm-1', ?)", k.number("SELECT min(id) FROM officers"), now, now, now)
}

// operations are the operations, in an order in which each can be done.
func (k *keyedCounty) operations() []keyed {
	const agency = "91140824MA0ANJU01J"
	household := k.number("SELECT max(id) FROM households WHERE division LIKE '140824100%'")
	notice := func(n int) string {
		return fmt.Sprint(k.number(fmt.Sprintf("SELECT n.id FROM notices n JOIN officers o ON o.office_id = n.office_id "+
			"WHERE o.login = 'planning' ORDER BY n.id LIMIT 1 OFFSET %d", n)))
	}
	seal := base64.StdEncoding.EncodeToString(handlers.SmallPNG)
	return []keyed{
		{"file-purchase-agency", "housing", "/purchases/agencies",
			`{"code":"` + agency + `","committed_by":"常建设","committed_on":"2026-03-02"}`,
			`{"code":"` + agency + `","committed_by":"别人","committed_on":"2026-03-02"}`, 204, "purchase_agencies", "true"},
		{"publish-purchase-agency", "housing", "/purchases/agencies/" + agency + "/publication",
			`{"from":"2026-03-01","to":"2026-12-31"}`, `{"from":"2026-03-01","to":"2026-12-30"}`, 204,
			"purchase_agencies", "published_to IS NOT NULL"},
		{"select-purchase", "counter", "/purchases/orders",
			fmt.Sprintf(`{"household_id":"%d","work":"design","agency":%q}`, household, agency),
			fmt.Sprintf(`{"household_id":"%d","work":"design","agency":%q}`, household-1, agency), 201,
			"purchase_orders", "true"},
		{"confirm-purchase", "counter", "/purchases/orders/1/confirmation", `{"signer":"王建国"}`, `{"signer":"王建军"}`, 200,
			"purchase_orders", "household_signer <> ''"},
		{"pay-purchase", "housing", "/purchases/orders/1/payment", `{"voucher":"稷住建付〔2026〕1号"}`,
			`{"voucher":"稷住建付〔2026〕2号"}`, 200, "purchase_orders", "voucher <> ''"},
		{"register-contractor", "housing", "/contractors", `{"code":"SX-2026-0001","kind":"contractor_person","name":"李工",` +
			`"work":["design"],"basis":"registered_professional","qualification":"一级注册建筑师","from":"2026-01-01"}`,
			`{"code":"SX-2026-0002","kind":"contractor_person","name":"李工","work":["design"],"basis":"registered_professional",` +
				`"qualification":"一级注册建筑师","from":"2026-01-01"}`, 201, "contractor_lines", "code = 'SX-2026-0001'"},
		{"strike-contractor", "housing", "/contractors/" + agency + "/strike", `{"reason":"资质已注销"}`,
			`{"reason":"资质已过期"}`, 204, "contractor_lines", "what = 'strike'"},
		{"restore-contractor", "housing", "/contractors/" + agency + "/restore", `{"reason":"误操作"}`, `{"reason":"已恢复"}`, 204,
			"contractor_lines", "what = 'restore'"},
		{"set-contact", "village", "/me/contact",
			`{"phone":"13800001234","daily_digest":true,"quiet_from":"21:00","quiet_to":"07:00"}`,
			`{"phone":"13800001235","daily_digest":true}`, 200, "contacts", "true"},
		{"set-leave", "village", "/leaves", `{"from":"2027-03-09","to":"2027-03-13","reason":"外出培训"}`,
			`{"from":"2027-03-16","to":"2027-03-17","reason":"外出培训"}`, 201, "leaves", "true"},
		{"set-seal", "township", "/office/seal", `{"png":"` + seal + `"}`, `{"png":""}`, 204, "seals", "true"},
		{"make-sign-link", "planning", fmt.Sprintf("/cases/%d/sign-links", k.sign), `{"kind":"supervision_opinion"}`,
			`{"kind":"construction_opinion"}`, 201, "", ""},
		{"read-inbox", "planning", "/inbox/" + notice(0) + "/read", "", "", 204, "notices", "read_at IS NOT NULL"},
		{"acknowledge-inbox", "planning", "/inbox/" + notice(0) + "/acknowledgement", "", "", 204, "notices",
			"acked_at IS NOT NULL"},
		{"acknowledge-notice", "planning", "/notices/" + notice(1) + "/acknowledgement", "", "", 204, "notices",
			"acked_at IS NOT NULL"},
		{"redrive-job", "admin", "/queue/failed/1/redrive", "", "", 204, "administration", "what = '重新执行任务'"},
		{"redrive-delivery", "admin", "/queue/deliveries/1/redrive", "", "", 204, "administration", "what = '重发消息'"},
		{"set-channel", "admin", "/channels", `{"kind":"mail","active":true,"config":{"url":"smtps://mail.example.gov.cn:465"}}`,
			`{"kind":"mail","active":false,"config":{"url":"smtps://mail.example.gov.cn:465"}}`, 201, "channels", "true"},
	}
}

// TestKeyHoldsForEveryPost sends each operation of the API that changes something twice under one key: to two programs
// at once, and to one that starts afterwards. It is done once, and all are answered alike.
func TestKeyHoldsForEveryPost(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onKeyedCounty(t, func(t *testing.T, k *keyedCounty) {
		operations := k.operations()
		third := k.start(k.again())
		for _, route := range handlers.Routes(t) {
			named := slices.ContainsFunc(operations, func(o keyed) bool { return o.operation == route.Operation })
			if route.Operation != "" && route.Method == "POST" && named == (keyExceptions[route.Operation] != "") {
				t.Errorf("%s: neither sent twice here nor excepted with a reason, or both", route.Operation)
			}
		}
		for _, o := range operations {
			k.sendTwice(t, o, third)
		}
	})
}

func (k *keyedCounty) sendTwice(t *testing.T, o keyed, third *fiber.App) {
	t.Helper()
	if o.operation == "pay-purchase" { // what the two others confirm
		k.post(k.web, "village", "/purchases/orders/1/confirmation", "", `{}`)
		k.post(k.web, "township", "/purchases/orders/1/confirmation", "", `{}`)
	}
	before := 0
	if o.table != "" {
		before = k.count(o.table, o.where)
	}
	key, answers := "once-"+o.operation, [2]string{}
	var both sync.WaitGroup
	for i, web := range k.servers {
		both.Go(func() { answers[i] = k.post(web, o.login, o.path, key, o.body) })
	}
	both.Wait()
	if !strings.HasPrefix(answers[0], fmt.Sprint(o.status)) || answers[0] != answers[1] {
		t.Errorf("%s at once:\n%s\n%s", o.operation, answers[0], answers[1])
		return
	}
	if late := k.post(third, o.login, o.path, key, o.body); late != answers[0] {
		t.Errorf("%s after a restart:\n%s\n%s", o.operation, answers[0], late)
	}
	if o.table != "" {
		if n := k.count(o.table, o.where) - before; n != 1 {
			t.Errorf("%s: done %d times", o.operation, n)
		}
	}
	if n := k.count("idempotency", "key = '"+key+"' AND response IS NOT NULL"); n != 1 {
		t.Errorf("%s: %d keys with an answer", o.operation, n)
	}
	if o.other == "" {
		return
	}
	if got := k.post(third, o.login, o.path, key, o.other); !strings.HasPrefix(got, "422") ||
		!strings.Contains(got, "另一次提交") {
		t.Errorf("%s with other content: %s", o.operation, got)
	}
}

// TestKeyWithoutAnswer sends again what was done by a program that ended before it kept the answer: it is not done a
// second time, and is answered with what was done, as far as that can be read.
func TestKeyWithoutAnswer(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onKeyedCounty(t, func(t *testing.T, k *keyedCounty) {
		var sent []keyed
		var first []string
		for _, o := range k.operations() {
			if o.operation == "make-sign-link" {
				continue // its answer is written with its key
			}
			if o.operation == "pay-purchase" {
				k.post(k.web, "village", "/purchases/orders/1/confirmation", "", `{}`)
				k.post(k.web, "township", "/purchases/orders/1/confirmation", "", `{}`)
			}
			sent, first = append(sent, o), append(first, k.post(k.web, o.login, o.path, "lost-"+o.operation, o.body))
		}
		k.exec("UPDATE idempotency SET response = NULL WHERE key LIKE 'lost-%'")
		again := make([]string, len(sent))
		var all sync.WaitGroup
		for i, o := range sent {
			all.Go(func() { again[i] = k.post(k.servers[1], o.login, o.path, "lost-"+o.operation, o.body) })
		}
		all.Wait()
		for i, o := range sent {
			switch o.operation {
			case "set-channel":
				if !strings.HasPrefix(again[i], "409") || !strings.Contains(again[i], "已经办成") {
					t.Errorf("%s: %s", o.operation, again[i])
				}
			case "select-purchase", "confirm-purchase": // the order has gone on
				if again[i][:4] != first[i][:4] || !strings.Contains(again[i], `"paid_fen":100000`) {
					t.Errorf("%s:\n%s\n%s", o.operation, first[i], again[i])
				}
			default:
				if !strings.HasPrefix(first[i], fmt.Sprint(o.status)) || again[i] != first[i] {
					t.Errorf("%s:\n%s\n%s", o.operation, first[i], again[i])
				}
			}
		}
		for table, rows := range map[string]int{"leaves": 1, "purchase_orders": 1, "channels": 1} {
			if n := k.count(table, "1 = 1"); n != rows {
				t.Errorf("%d rows in %s, want %d", n, table, rows)
			}
		}
	})
}

// TestKeyStandsOrFallsWithTheAct holds the key to the transaction of what is done under it, in both kinds of
// transaction.
func TestKeyStandsOrFallsWithTheAct(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onKeyedCounty(t, func(t *testing.T, k *keyedCounty) {
		o, err := k.store.ActiveOfficer(t.Context(),
			workflow.OfficerID(k.number("SELECT id FROM officers WHERE login = 'village'")))
		if err != nil {
			t.Fatal(err)
		}
		for name, act := range map[string]func(good bool) (*db.RequestKey, error){
			"update": func(good bool) (*db.RequestKey, error) {
				ctx, key := db.WithKey(t.Context(), o.ID, "update", "asked")
				l := org.Leave{Officer: o.ID, From: 20000, To: 20001}
				if !good { // a second leave for the same days is refused inside the transaction
					l.From--
				}
				_, err := k.store.SetLeave(ctx, l, org.Act{})
				return key, err
			},
			"transaction": func(good bool) (*db.RequestKey, error) {
				ctx, key := db.WithKey(t.Context(), o.ID, "transaction", "asked")
				id := int64(1)
				if !good {
					id = 99
				}
				return key, k.store.RedriveDelivery(ctx, id, org.Act{})
			},
		} {
			if name == "update" {
				if _, err := k.store.SetLeave(t.Context(), org.Leave{Officer: o.ID, From: 19990, To: 19999},
					org.Act{}); err != nil {
					t.Fatal(err)
				}
			}
			key, err := act(false)
			if err == nil || key.Taken() || k.count("idempotency", "key = '"+name+"'") != 0 {
				t.Errorf("%s: what failed has taken its key: %v", name, err)
			}
			if key, err = act(true); err != nil || !key.Taken() || k.count("idempotency", "key = '"+name+"'") != 1 {
				t.Errorf("%s: what was done has not taken its key: %v", name, err)
			}
			if _, err = act(true); !errors.Is(err, db.ErrKeyUsed) {
				t.Errorf("%s: again: %v", name, err)
			}
		}
		if n, err := k.store.PruneKeys(t.Context()); n != 0 || err != nil {
			t.Errorf("%d keys of today are forgotten, %v", n, err)
		}
		k.clk.Set(k.clk.Now().Add(org.KeyLife + 1e9))
		if n, err := k.store.PruneKeys(t.Context()); n < 2 || err != nil || k.count("idempotency", "true") != 0 {
			t.Errorf("%d old keys are forgotten, %v", n, err)
		}
	})
}

// markingQueue marks a job to be tried again, as the queue of jobs does.
type markingQueue struct{ store *models.Store }

func (q markingQueue) Figures(context.Context) (handlers.QueueFigures, error) {
	return handlers.QueueFigures{}, nil
}

func (q markingQueue) Redrive(ctx context.Context, id int64, act org.Act) error {
	_, err := q.store.Redrive(ctx, id, act)
	return err
}

// TestRedriveWritesItsLine asks for a job that is open and for one that is not: the log has one line of the first.
func TestRedriveWritesItsLine(t *testing.T) {
	modelstest.Slow(t)
	t.Parallel()
	onKeyedCounty(t, func(t *testing.T, k *keyedCounty) {
		k.queue = markingQueue{k.store}
		web := k.start(k.again())
		lines := func() int { return k.count("administration", "what LIKE '重新执行任务%'") }
		if got := k.post(web, "admin", "/queue/failed/99/redrive", "", ""); got[:3] != "404" || lines() != 0 {
			t.Errorf("no such job: %s, %d lines", got, lines())
		}
		if got := k.post(web, "admin", "/queue/failed/1/redrive", "", ""); got[:3] != "204" || lines() != 1 {
			t.Errorf("%s, %d lines", got, lines())
		}
	})
}
