package view

import (
	"fmt"

	"anju/workflow"
)

// DocumentJSON is a paper of a case.
type DocumentJSON struct {
	ID       string `json:"id"`
	Form     string `json:"form"`
	Number   string `json:"number"`
	Title    string `json:"title"`
	Sheet    string `json:"sheet,omitempty" doc:"同一表单的哪一份"`
	ValidTo  string `json:"valid_to,omitempty" doc:"有效期至"`
	Voided   string `json:"voided,omitempty" doc:"作废原因"`
	Verify   string `json:"verify" doc:"公众核验的地址"`
	Issuer   string `json:"issuer,omitempty"`
	IssuedAt string `json:"issued_at"`
}

// DocumentsOf shows the papers of a case.
func (a *Builder) DocumentsOf(list []workflow.Document) []DocumentJSON {
	docs := []DocumentJSON{}
	for _, d := range list {
		j := DocumentJSON{ID: fmt.Sprint(d.ID), Form: d.Kind.Form(), Sheet: d.Kind.Sheet(), Number: d.Number, Title: d.Title,
			Issuer: d.Issuer, IssuedAt: Shanghai(d.IssuedAt),
			Voided: d.Voided, Verify: "/verify/" + a.store.VerifyCode(d.ID)}
		if d.ValidTo != 0 {
			j.ValidTo = d.ValidTo.String()
		}
		docs = append(docs, j)
	}
	return docs
}
