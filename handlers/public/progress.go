package public

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/problem"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/attempts"
	"anju/models/history"
	"anju/models/org"
	"anju/models/papers"
	"anju/models/petitions"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// The progress of a case for its household: found by the code on the slip and the last four of the ID number. A cookie
// keeps for two hours that they were right; it names the case and opens nothing else.
const (
	progressCookie = "anju_progress"
	progressTTL    = 2 * time.Hour
)

type queryData struct {
	web.Layout
	Code, Tail string
}

// ProgressQuery shows the form that asks for code and number.
func (a *Pages) ProgressQuery(c *fiber.Ctx, _ *request.Caller) error {
	return a.site.Show(c, 200, "progress_query",
		queryData{Layout: a.site.Layout(c, "查进度"), Code: web.Clip(strings.TrimSpace(c.Query("code")), 60)})
}

// PostProgress checks code and number, and keeps in a cookie that they were right.
func (a *Pages) PostProgress(c *fiber.Ctx, _ *request.Caller) error {
	if !request.SameOrigin(c) {
		return problem.ErrForged
	}
	code, tail := strings.TrimSpace(c.FormValue("code")), forms.NormalIDNumber(c.FormValue("tail"))
	d := queryData{Layout: a.site.Layout(c, "查进度"), Code: web.Clip(code, 60), Tail: web.Clip(tail, 10)}
	id, err := a.store.CaseByCode(c.UserContext(), code, tail, a.gate.Address(c), time.Now())
	switch {
	case errors.Is(err, org.ErrBadLogin):
		d.Errors = []web.PageError{{Href: "#code", Text: "查询码或证件后四位不正确，请对照回执上的查询码（例如 12-3f0a9c2b71d45e88）和户主身份证后四位再填一次"}}
		return a.site.Show(c, 422, "progress_query", d)
	case errors.Is(err, attempts.ErrTooMany):
		d.Errors = []web.PageError{{Href: "#code", Text: "试的次数太多了，请一小时后再查，或带回执到乡镇便民服务中心窗口查询"}}
		return a.site.Show(c, 429, "progress_query", d)
	case err != nil:
		return err
	}
	until := strconv.FormatInt(time.Now().Add(progressTTL).Unix(), 10)
	text := fmt.Sprintf("%d.%s", id, until)
	c.Cookie(&fiber.Cookie{Name: progressCookie, Value: text + "." + a.store.Tag("household", text), Path: "/progress",
		MaxAge: int(progressTTL / time.Second), HTTPOnly: true,
		Secure: a.settings.SecureCookies, SameSite: fiber.CookieSameSiteLaxMode})
	return c.Redirect("/progress/"+url.PathEscape(code), fiber.StatusSeeOther)
}

// household tells whether the browser has proved that it may see the case of a code, and which case that is.
func (a *Pages) household(c *fiber.Ctx) (workflow.CaseID, bool) {
	id, ok := a.store.CaseOfCode(c.Params("code"))
	parts := strings.Split(c.Cookies(progressCookie), ".")
	if !ok || len(parts) != 3 {
		return 0, false
	}
	until, err := strconv.ParseInt(parts[1], 10, 64)
	return id, err == nil && time.Now().Unix() < until && parts[0] == fmt.Sprint(id) &&
		a.store.Tagged("household", parts[0]+"."+parts[1], parts[2])
}

// publicStep is one thing that happened, in the words of a villager.
type publicStep struct{ At, What, Who string }

type progressData struct {
	web.Layout
	Code, Number, Matter, Where, Next, Due, Left string
	Lamp                                         web.Badge
	Steps                                        []web.StepLine
	Lines                                        []publicStep
	Missing                                      []schema.Fact // what to bring: the paper, and what it must look like
	Ready                                        bool          // a certificate waits at the counter
	Over                                         string
	Documents                                    []schema.Fact
	Key                                          string
	Withdraws                                    bool          // the case may still be withdrawn
	Sent                                         string        // number of the petition just sent
	Kind, Text                                   string        // what was sent and refused
	Petitions                                    []schema.Fact // what the household sent, and the answers
}

// publicCase is a case with its chain for a page without an account.
func (a *Pages) publicCase(ctx context.Context, id workflow.CaseID) (workflow.View, papers.PaperFacts, error) {
	facts, err := a.store.PaperFacts(ctx, id)
	if err != nil {
		return workflow.View{}, facts, err
	}
	v, err := a.svc.View(ctx, id, 0)
	return v, facts, err
}

// publicTitle names a stage as people say it: by the level it lies at, never by its inner name.
func publicTitle(ch workflow.Chain, st glossary.State) string {
	switch st {
	case glossary.Draft:
		return "窗口录入"
	case glossary.AwaitCorrection:
		return "等您补材料"
	case glossary.Approved:
		return "已批准，可来领证"
	case glossary.Issued, glossary.Filed, glossary.Archived:
		return "已发证"
	}
	stage, ok := ch.Stage(st)
	switch {
	case !ok || stage.Ends != "":
		return "已办结"
	case stage.By == glossary.Applicant:
		return "等您办理"
	}
	return map[glossary.Level]string{glossary.GroupLevel: "组里在审", glossary.VillageLevel: "村里在审",
		glossary.TownshipLevel: "镇上在审", glossary.CountyLevel: "县里在审"}[stage.By.Level()]
}

// ProgressPage shows a case to its household.
func (a *Pages) ProgressPage(c *fiber.Ctx, _ *request.Caller) error { return a.showProgress(c, nil) }

// showProgress shows a case to its household; refused is why something that it sent was not taken.
func (a *Pages) showProgress(c *fiber.Ctx, refused *problem.Problem) error {
	id, ok := a.household(c)
	if !ok {
		return c.Redirect("/progress?"+url.Values{"code": {c.Params("code")}}.Encode(), fiber.StatusSeeOther)
	}
	ctx := c.UserContext()
	v, facts, err := a.publicCase(ctx, id)
	if err != nil {
		return err
	}
	d := progressData{Layout: a.site.Layout(c, "办理进度"), Code: c.Params("code"), Number: v.Case.Number,
		Matter: v.Chain.Title, Where: publicTitle(v.Chain, v.Case.State), Key: rand.Text(),
		Lamp: web.NewBadge(string(v.Light), false), Sent: web.Clip(c.Query("sent"), 40)}
	d.Hidden, d.Here = true, "/"
	if v.Case.ClosedAt != nil {
		d.Lamp, d.Over = web.Over, lines.Ended(v.Chain, v.Case.Outcome)
	}
	if v.Stage.By != glossary.Applicant { // else it lies with the household itself
		d.Next = a.views.OfficeName(ctx, v.Office, v.Case)
	}
	if v.Own != nil {
		on, _, paused := view.DueDates(v.Own.Deadline)
		d.Lamp = web.NewBadge(string(v.Light), paused)
		if on != nil {
			d.Due, d.Left = on.Text(), a.site.LeftOf(v.Own.Limit.Bound == calendar.Min, *on)
		}
	}
	d.addSteps(v)
	d.addMissing(v)
	_, d.Withdraws = v.Stage.Action(glossary.Withdraw)
	for _, doc := range a.views.NewDocuments(v.Case) {
		d.Documents = append(d.Documents, schema.Fact{Label: doc.Title, Value: served(doc)})
		d.Ready = d.Ready || v.Case.State == glossary.Approved
	}
	d.addLines(v.Chain, facts.Lines)
	sent, err := a.store.PetitionsOf(ctx, 0, v.Case)
	if err != nil {
		return err
	}
	d.addPetitions(sent)
	status := 200
	if refused != nil {
		status, d.Errors = refused.Status, web.ErrorsOnPage(refused)
		d.Kind, d.Text = c.FormValue("kind"), c.FormValue("text")
	}
	return a.site.Show(c, status, "progress", d)
}

// served says under which number a paper went out, when it was served and how long the receiver may act upon it.
func served(d view.Document) string {
	said := d.Number
	switch {
	case d.Voided != "":
		return said + "（已作废）"
	case d.Service == nil:
		return said
	}
	said += "，" + d.Service.ServedOn.Text() + "送达"
	for _, p := range d.Service.Periods {
		said += "，" + p.Title + "至 " + p.LastDay.Text()
	}
	return said
}

// addSteps shows the main line of the chain, stages of one name as one step.
func (d *progressData) addSteps(v workflow.View) {
	at := slices.Index(lines.Main(v.Chain), v.Case.State)
	for i, st := range lines.Main(v.Chain) {
		title := publicTitle(v.Chain, st)
		if n := len(d.Steps); n == 0 || d.Steps[n-1].Title != title {
			d.Steps = append(d.Steps, web.StepLine{Title: title})
		}
		s := &d.Steps[len(d.Steps)-1]
		s.Here, s.Done = s.Here || i == at, i < at
		if s.Here {
			s.Done, s.Lamp, s.Left = false, d.Lamp, d.Left
		}
	}
	if at < 0 && d.Over == "" {
		d.Steps = append(d.Steps, web.StepLine{Title: d.Where, Here: true, Lamp: d.Lamp, Left: d.Left})
	}
}

// addMissing lists what the household has to bring: what it owes, and what was asked for again.
func (d *progressData) addMissing(v workflow.View) {
	asked := map[string]string{}
	if v.Case.File.Asked != nil && v.Case.State == glossary.AwaitCorrection {
		for _, it := range v.Case.File.Asked.Items {
			asked[it.MaterialCode] = it.Problem + "；" + it.Requirement
		}
	}
	for _, m := range v.Materials {
		if asked[m.Paper.Code] != "" || m.Owed && !m.Present && m.Paper.Applicants() {
			d.Missing = append(d.Missing, schema.Fact{Label: m.Paper.Name, Value: asked[m.Paper.Code]})
		}
	}
}

// addLines shows the history, the newest first, in the words of the steps.
func (d *progressData) addLines(ch workflow.Chain, list []history.Line) {
	for _, l := range slices.Backward(list) {
		s := publicStep{At: l.At.In(calendar.Shanghai).Format("2006年1月2日"), Who: l.OfficeName}
		from, to := publicTitle(ch, l.From), publicTitle(ch, l.To)
		switch {
		case l.Rung != "" && web.Alarms[l.Rung]:
			s.What = "超过期限或快到期，已提醒办理单位"
		case l.From != l.To && from != to:
			s.What = "转到：" + to
		default:
			continue // outsiders see the steps, not the papers of the offices
		}
		if n := len(d.Lines); n > 0 && d.Lines[n-1] == s {
			continue
		}
		d.Lines = append(d.Lines, s)
	}
}

// addPetitions shows what the household sent, with the answers.
func (d *progressData) addPetitions(sent []petitions.Petition) {
	for _, p := range sent {
		if p.Kind == "objection" {
			continue // others wrote it
		}
		answer := "办理单位还没有答复"
		if p.Answer != "" {
			answer = "答复：" + p.Answer
		}
		d.Petitions = append(d.Petitions, schema.Fact{Label: web.PetitionKinds[p.Kind] + " " + p.Number,
			Value: strings.TrimSpace(p.Text + "　" + answer)})
	}
}
