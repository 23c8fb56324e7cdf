package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/workflow"
	"anju/workflow/forms"
	"anju/workflow/glossary"
	"anju/workflow/law"
	"anju/workflow/lines"
)

type needJSON struct {
	Condition string   `json:"condition"`
	Rule      law.Rule `json:"rule"`
	By        string   `json:"by"`
}

type chainVerbJSON struct {
	Verb    glossary.Verb           `json:"verb"`
	Title   string                  `json:"title"`
	To      glossary.State          `json:"to"`
	ToAny   []glossary.State        `json:"to_any,omitempty" doc:"可能到达的环节（由系统按规则选择）"`
	Party   glossary.Party          `json:"party"`
	Ahead   bool                    `json:"ahead"`
	Signed  bool                    `json:"signed" doc:"须由负责人签署"`
	Reason  bool                    `json:"reason" doc:"须写明理由"`
	Needs   []needJSON              `json:"needs"`
	Issues  []glossary.DocumentKind `json:"issues"`
	Tells   []glossary.Party        `json:"tells"`
	Rule    law.Rule                `json:"rule"`
	Article string                  `json:"article"`
	Data    *huma.Schema            `json:"data"`
}

type chainRecordJSON struct {
	Kind     glossary.RecordKind `json:"kind"`
	Title    string              `json:"title"`
	Party    glossary.Party      `json:"party"`
	Parties  []glossary.Party    `json:"parties"`
	Each     bool                `json:"each" doc:"每个办理方各写一份"`
	Optional bool                `json:"optional"`
	Signed   bool                `json:"signed" doc:"须由负责人签署"`
	Needs    []needJSON          `json:"needs" doc:"可以登记的条件"`
	Starts   []*view.Limit       `json:"starts,omitempty" doc:"自登记、或自所出具文书送达起算的期限"`
	Rule     law.Rule            `json:"rule"`
	Article  string              `json:"article"`
	Data     *huma.Schema        `json:"data"`
}

type chainStageJSON struct {
	State   glossary.State    `json:"state"`
	Title   string            `json:"title"`
	Party   glossary.Party    `json:"party"`
	Limit   *view.Limit       `json:"limit"`
	Also    []*view.Limit     `json:"also,omitempty"`
	Untimed string            `json:"untimed,omitempty" doc:"没有期限的原因"`
	Outcome workflow.Ending   `json:"outcome,omitempty"`
	Verbs   []chainVerbJSON   `json:"verbs"`
	Records []chainRecordJSON `json:"records"`
}

type paperJSON struct {
	Code     string   `json:"code"`
	Name     string   `json:"name"`
	Rule     law.Rule `json:"rule"`
	Required bool     `json:"required"`
	AnyOf    []string `json:"any_of,omitempty" doc:"几类材料有其一即可，上传时以 kind 注明"`
	If       string   `json:"required_if,omitempty" doc:"只在此情形需要"`
	From     []string `json:"from_system,omitempty" doc:"档案中已有的证照或材料可以代替"`
}

// chainJSON is a chain as a client reads it: all it needs to walk it.
type chainJSON struct {
	ID          workflow.ChainID   `json:"id"`
	Title       string             `json:"title"`
	Version     int                `json:"version"`
	Follows     []workflow.ChainID `json:"follows,omitempty" doc:"须先办理的事项（其中之一）"`
	Household   *huma.Schema       `json:"household"`
	Application *huma.Schema       `json:"application"`
	Materials   []paperJSON        `json:"materials"`
	Stages      []chainStageJSON   `json:"stages"`
	Ready       *readyJSON         `json:"ready,omitempty"`
}

type readyJSON struct {
	HouseholdID string `json:"household_id"`
	By          string `json:"by"`
	Data        any    `json:"data"`
}

// ChainDocument is the JSON of a chain, the same over HTTP and on the command line.
func ChainDocument(ch workflow.Chain) any { return chainOf(ch) }

func chainOf(ch workflow.Chain) chainJSON {
	d := chainJSON{ID: ch.ID, Title: ch.Title, Version: ch.Version, Follows: ch.Follows,
		Household: schema.OfForm(forms.Household{}), Application: schema.OfForm(ch.Form),
		Materials: []paperJSON{}, Stages: []chainStageJSON{}}
	for _, p := range ch.Papers {
		d.Materials = append(d.Materials, paperJSON{p.Code, p.Name, p.Rule, p.Required && p.If == "", p.AnyOf, p.If, p.From})
	}
	for _, st := range ch.Stages {
		s := chainStageJSON{State: st.State, Title: lines.State(ch, st.State), Party: st.By, Limit: view.NewLimit(st.Within),
			Untimed: st.Untimed, Outcome: st.Ends,
			Verbs: []chainVerbJSON{}, Records: []chainRecordJSON{}}
		if st.Within.Until != "" {
			s.Untimed = "期限由通知书载明（" + string(st.Within.Rule) + "、" + st.Within.Under.String() + "）"
		}
		for _, l := range st.OtherLimits {
			s.Also = append(s.Also, view.NewLimit(l))
		}
		for _, ac := range st.Actions {
			if ac.By == glossary.System {
				continue // what the law does at expiry cannot be sent
			}
			v := chainVerbJSON{Verb: ac.Do, Title: ac.Title, To: ac.To.States[0], Party: view.ActingParty(ac, st),
				Ahead: ac.MainLine, Signed: ac.Signed, Reason: ac.Reason,
				Issues: workflow.Kinds(ac.Issues), Tells: view.OrEmpty(ac.Tells), Rule: ac.Rule, Article: ac.Under.String(),
				Data: schema.OfForm(ac.Data)}
			if len(ac.To.States) > 1 {
				v.ToAny = ac.To.States
			}
			v.Needs = needsOf(ac.Needs)
			s.Verbs = append(s.Verbs, v)
		}
		for _, r := range ch.Records(st) {
			x := chainRecordJSON{Kind: r.Kind, Title: r.Kind.Title(), Party: r.By[0], Parties: r.By, Each: r.Each,
				Optional: r.Optional, Signed: r.Signed, Needs: needsOf(r.When), Rule: r.Rule, Article: r.Under.String(),
				Data: schema.OfForm(r.Data)}
			for _, c := range r.Clocks() {
				x.Starts = append(x.Starts, view.NewLimit(c.Limit))
			}
			s.Records = append(s.Records, x)
		}
		d.Stages = append(d.Stages, s)
	}
	return d
}

func needsOf(cs workflow.Conditions) []needJSON {
	needs := []needJSON{}
	for _, n := range cs {
		needs = append(needs, needJSON{n.Name, n.Rule, n.By})
	}
	return needs
}

// chainDoc keeps huma from describing a document that carries schemas as data.
type chainDoc struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (chainDoc) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Description: "事项：环节、期限、条文、动作与登记，各带其 data 的 JSON Schema 与一个示例",
		AdditionalProperties: true}
}

func (a *API) chainOperations(ops operations) {
	published := a.svc.Chains().All()
	render := func(ctx context.Context, ch workflow.Chain) (chainDoc, error) {
		d := chainOf(ch)
		if a.settings.Demo != nil {
			id, ok, err := a.store.FreeHousehold(ctx, ch.ID, string(ch.ID))
			if err != nil {
				return chainDoc{}, err
			}
			if ok {
				example := ch.Form.Example()
				d.Ready = &readyJSON{fmt.Sprint(id), a.settings.Demo.Accounts[ch.Opener(example)], example}
			}
		}
		b, err := json.Marshal(d)
		return chainDoc{b}, err
	}
	describe(a, ops, huma.Operation{OperationID: "list-chains", Summary: "事项列表"}, nil,
		func(ctx context.Context, _ *request.Caller, in *request.Paging) (*out[listOf[chainDoc]], error) {
			list := []chainDoc{}
			for i, ch := range published {
				if i < (in.Page-1)*in.PerPage || i >= in.Page*in.PerPage {
					continue
				}
				d, err := render(ctx, ch)
				if err != nil {
					return nil, err
				}
				list = append(list, d)
			}
			return &out[listOf[chainDoc]]{Status: http.StatusOK, Body: pageOf(list, len(published), *in)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "get-chain", Summary: "一个事项"}, nil,
		func(ctx context.Context, _ *request.Caller, in *struct {
			ID string `path:"id" doc:"事项编号" example:"homestead"`
		}) (*out[chainDoc], error) {
			ch, err := a.svc.Chains().Newest(workflow.ChainID(in.ID))
			if err != nil {
				return nil, err
			}
			d, err := render(ctx, ch)
			return &out[chainDoc]{Status: http.StatusOK, Body: d}, err
		})
}
