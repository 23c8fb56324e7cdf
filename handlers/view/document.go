package view

import (
	"fmt"

	"anju/workflow"
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
}

// NewDocuments shows the papers of a case.
func (a *Builder) NewDocuments(list []workflow.Document) []Document {
	docs := []Document{}
	for _, d := range list {
		j := Document{ID: fmt.Sprint(d.ID), Form: d.Kind.Form(), Sheet: d.Kind.Sheet(), Number: d.Number, Title: d.Title,
			Authority: string(d.Authority), Issuer: d.Issuer, IssuedAt: NewInstant(d.IssuedAt),
			ValidTo: OptionalDay(d.ValidTo), Voided: d.Voided, Verify: "/verify/" + a.store.VerifyCode(d.ID), ToServe: d.ToServe}
		if s := d.Service; s != nil {
			j.Service = &Service{NewDay(s.On), s.Method, s.Receiver, s.Agent, s.Witnesses, s.Evidence}
		}
		docs = append(docs, j)
	}
	return docs
}
