package view

import (
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/law"
)

// Suspension is one entry of the suspension ledger (停表台账).
type Suspension struct {
	Ground     workflow.SuspensionGround `json:"ground"`
	Title      string                    `json:"title"`
	Article    string                    `json:"article" doc:"依据：行政许可法45，或申请人同意（A15）"`
	Number     string                    `json:"notice_number"`
	NotifiedOn Day                       `json:"notified_on" doc:"告知书送达之日，当日仍计入期限"`
	ResultedOn *Day                      `json:"resulted_on" doc:"结果到达日期，次日起继续计时；正在暂停的为 null"`
	Open       bool                      `json:"open"`
	Service    string                    `json:"service"`
	Recipient  string                    `json:"recipient"`
	Days       int                       `json:"expected_days"`
	Evidence   string                    `json:"evidence"`
	Stage      glossary.State            `json:"stage"`
	StageTitle string                    `json:"stage_title"`
}

// Extension is the one extension of the time to the decision.
type Extension struct {
	On        Day    `json:"on"`
	Days      int    `json:"days" doc:"延长的工作日数"`
	Number    string `json:"notice_number"`
	Reason    string `json:"reason"`
	Recipient string `json:"recipient" doc:"告知书的签收人，尚未送达的为空"`
	Article   string `json:"article"`
}

// newSuspensions is the ledger of a case in the order of its entries.
func newSuspensions(f workflow.File) []Suspension {
	list := []Suspension{}
	for _, s := range f.Suspensions {
		j := Suspension{Ground: s.Ground, Title: s.Ground.Title(), Article: s.Ground.Article().String(), Number: s.Number,
			NotifiedOn: NewDay(s.From), Open: s.Open,
			Service: s.Service, Recipient: s.Recipient, Days: s.Days, Evidence: s.Evidence, Stage: s.Stage,
			StageTitle: s.Stage.Title()}
		if !s.Open {
			j.ResultedOn = &Day{s.To}
		}
		list = append(list, j)
	}
	return list
}

// newExtension is the extension of a case with the number of its notice, and who received that.
func newExtension(c workflow.Case) *Extension {
	x := c.File.Extended
	if x == nil {
		return nil
	}
	e := &Extension{On: NewDay(x.On), Days: x.Days, Reason: x.Reason, Article: law.Licensing.Art("42").String()}
	if d, ok := c.Document(glossary.ExtensionDoc); ok {
		e.Number = d.Number
		if d.Service != nil {
			e.Recipient = d.Service.Receiver
		}
	}
	return e
}
