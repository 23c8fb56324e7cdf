package view

import (
	"fmt"

	"anju/workflow"
	"anju/workflow/serving"
)

// Document is a paper of a case.
type Document struct {
	ID        string  `json:"id"`
	Form      string  `json:"form"`
	Number    string  `json:"number"`
	Title     string  `json:"title"`
	Sheet     string  `json:"sheet,omitempty" doc:"同一表单的哪一份"`
	ValidTo   *Day    `json:"valid_to,omitempty" doc:"有效期至"`
	Voided    string  `json:"voided,omitempty" doc:"作废原因"`
	Question  string  `json:"question,omitempty" doc:"所依据的证照已失效，待核发机关处理的原因"`
	Verify    string  `json:"verify" doc:"公众核验的地址"`
	Authority string  `json:"authority,omitempty" doc:"以其名义出具的机关（种类）"`
	Issuer    string  `json:"issuer,omitempty" doc:"该机关的名称"`
	IssuedAt  Instant `json:"issued_at"`

	ToServe bool     `json:"to_serve,omitempty" doc:"须送达"`
	Service *Service `json:"service,omitempty" doc:"送达情况"`
}

// Service is how a paper reached the party.
type Service struct {
	ServedOn  Day      `json:"served_on"`
	Method    string   `json:"method"`
	Receiver  string   `json:"receiver,omitempty"`
	Agent     string   `json:"agent,omitempty"`
	Witnesses []string `json:"witnesses,omitempty"`
	Evidence  string   `json:"evidence,omitempty"`
	Periods   []Period `json:"periods,omitempty" doc:"自送达起算的期限及其最后一日"`
}

// Signed tells whether the receiver signed for the paper.
func (s Service) Signed() bool { return serving.Signed(s.Method) }

// Period is time that runs for the receiver of a paper from its service, and its last day.
type Period struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Article string `json:"article"`
	LastDay Day    `json:"last_day"`
}

// NewDocuments shows the papers of a case.
func (a *Builder) NewDocuments(c workflow.Case) []Document {
	docs := []Document{}
	for _, d := range c.File.Documents {
		j := Document{ID: fmt.Sprint(d.ID), Form: d.Kind.Form(), Sheet: d.Kind.Sheet(), Number: d.Number, Title: d.Title,
			Authority: string(d.Authority), Issuer: d.Issuer, IssuedAt: NewInstant(d.IssuedAt),
			ValidTo: OptionalDay(d.ValidTo), Voided: d.Voided, Question: c.Questions[d.ID], Verify: "/verify/" + a.store.VerifyCode(d.ID),
			ToServe: d.ToServe}
		if s := d.Service; s != nil {
			j.Service = &Service{NewDay(s.On), s.Method, s.Receiver, s.Agent, s.Witnesses, s.Evidence, a.periods(c, d)}
		}
		docs = append(docs, j)
	}
	return docs
}

// periods are the receiver's periods from the service of a paper; none where the calendar cannot count them.
func (a *Builder) periods(c workflow.Case, d workflow.Document) []Period {
	ch, err := a.svc.Chains().At(c.Chain, c.ChainVersion)
	if err != nil {
		return nil
	}
	dues, err := serving.Dues(ch, d, a.svc.County().Calendar)
	if err != nil {
		return nil
	}
	var list []Period
	for _, x := range dues {
		list = append(list, Period{string(x.ID), x.Name, x.Under.String(), NewDay(x.On)})
	}
	return list
}
