package forms

import (
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
)

// ServiceRecord is F34: how papers reached the party (送达). Without names it is about every paper that waits.
type ServiceRecord struct {
	Papers    []string     `json:"papers,omitempty" required:"false" doc:"送达的文书的文号（不填为全部待送达的文书）" maxItems:"20"`
	Method    string       `json:"method" doc:"送达方式" enum:"direct,lien,entrusted,post,electronic,public" example:"direct"`
	Recipient string       `json:"recipient" doc:"签收人（留置、公告送达的填写受送达人）" minLength:"1" maxLength:"50" example:"王建国"`
	Agent     string       `json:"agent,omitempty" required:"false" doc:"代收人及与受送达人的关系" maxLength:"100"`
	Witnesses []string     `json:"witnesses,omitempty" required:"false" doc:"见证人（留置送达的须两人）" maxItems:"5"`
	ServedOn  calendar.Day `json:"served_on,omitempty" required:"false" doc:"送达日期" format:"date"`
	Evidence  string       `json:"evidence,omitempty" required:"false" doc:"送达凭据：挂号信编号、公告名称、照片等" maxLength:"300"`
}

// Example implements Form.
func (ServiceRecord) Example() any { return ServiceRecord{Method: "direct", Recipient: "王建国"} }

// Check wants the proof that the method of service calls for.
func (s ServiceRecord) Check(time.Time) []workflow.FieldError {
	names := map[string]bool{}
	for _, w := range s.Witnesses {
		if w = strings.TrimSpace(w); w != "" {
			names[w] = true
		}
	}
	switch {
	case s.Method == "lien" && len(names) < 2:
		return []workflow.FieldError{fieldError("witnesses", "留置送达须有两名见证人签名", "R53")}
	case (s.Method == "post" || s.Method == "public" || s.Method == "electronic") && strings.TrimSpace(s.Evidence) == "":
		return []workflow.FieldError{fieldError("evidence", "邮寄、公告、电子送达须填写送达凭据", "R53")}
	}
	return nil
}

// CheckCase holds the day of service to the case.
func (s *ServiceRecord) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("served_on", "送达日期", &s.ServedOn, c.Begun(), today, "R53")
}

// Served is the service as a paper keeps it, and the numbers of the papers; none for every paper that waits.
func (s *ServiceRecord) Served() (workflow.Service, []string) {
	return workflow.Service{On: s.ServedOn, Method: s.Method, Receiver: s.Recipient, Agent: s.Agent,
		Witnesses: s.Witnesses, Evidence: s.Evidence}, s.Papers
}
