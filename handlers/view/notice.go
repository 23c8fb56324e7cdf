package view

import (
	"fmt"

	"anju/models/notices"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/glossary"
	"anju/workflow/lines"
)

// Notice is a notice to an office.
type Notice struct {
	ID             string            `json:"id"`
	CaseID         string            `json:"case_id"`
	Number         string            `json:"number"`
	Chain          workflow.ChainID  `json:"chain"`
	State          glossary.State    `json:"state"`
	Kind           string            `json:"kind" doc:"rung 期限提醒，climb 下级未确认而上报，message 办理消息"`
	Rung           workflow.RungName `json:"rung,omitempty"`
	Text           string            `json:"text"`
	Verb           string            `json:"verb,omitempty" doc:"办理消息所说的动作或登记，例如 copy 抄送"`
	FromOffice     string            `json:"from_office,omitempty" doc:"发出消息的单位"`
	FromOfficer    string            `json:"from_officer,omitempty" doc:"发出消息的人员"`
	Words          string            `json:"words,omitempty" doc:"发出人写的话"`
	At             Instant           `json:"at"`
	Acknowledge    bool              `json:"acknowledge" doc:"需要确认而尚未确认"`
	ReadAt         *Instant          `json:"read_at"`
	AcknowledgedAt *Instant          `json:"acknowledged_at"`
	AcknowledgedBy *string           `json:"acknowledged_by"`
	ClimbedAt      *Instant          `json:"climbed_at" doc:"无人确认、已报上级的时刻"`

	Head   string `json:"-"` // householder of the case
	Urgent bool   `json:"-"`
}

// Href returns the address of the page of the notice's case.
func (n Notice) Href() string { return "/cases/" + n.CaseID }

// Unread tells whether the notice still is to be read.
func (n Notice) Unread() bool { return n.ReadAt == nil }

// NewNotice shows a notice.
func (a *Builder) NewNotice(n notices.Notice) Notice {
	j := Notice{ID: fmt.Sprint(n.ID), CaseID: fmt.Sprint(n.Case), Number: n.Number, Chain: n.Chain, State: n.State,
		Kind: n.Kind,
		Rung: n.Rung, Text: n.Text, FromOffice: n.FromOffice, FromOfficer: n.FromOfficer, Words: n.Words,
		At:          NewInstant(n.At),
		Acknowledge: n.Owed(), ReadAt: OptionalInstant(n.ReadAt), AcknowledgedAt: OptionalInstant(n.AckedAt),
		ClimbedAt: OptionalInstant(n.ClimbedAt),
		Head:      n.Householder, Urgent: n.Urgent()}
	if n.AckedBy != "" {
		j.AcknowledgedBy = &n.AckedBy
	}
	if n.Kind == notices.MessageNotice {
		j.Verb = n.Text
		if ch, err := a.svc.Chains().At(n.Chain, n.Version); err == nil {
			j.Text = lines.Title(ch, n.From, n.Text, "")
		}
	}
	return j
}

// Contact is where and when an officer is reached beside his inbox.
type Contact struct {
	Phone       string `json:"phone,omitempty" doc:"手机号" maxLength:"20" pattern:"^([0-9+\\-]{5,20})?$" example:"13800001234"`
	Mail        string `json:"mail,omitempty" doc:"电子邮箱" maxLength:"100"`
	Chat        string `json:"chat,omitempty" doc:"企业微信或钉钉账号" maxLength:"60"`
	AnyHour     bool   `json:"any_hour,omitempty" doc:"紧急提醒任何时间都发（默认只在上班时间）"`
	QuietFrom   string `json:"quiet_from,omitempty" doc:"免打扰开始（时:分）" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" example:"12:00"`
	QuietTo     string `json:"quiet_to,omitempty" doc:"免打扰结束（时:分）" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" example:"14:00"`
	DailyDigest bool   `json:"daily_digest" doc:"每个工作日 8:30 汇总发送" example:"true"`
}

func formatClock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// NewContact shows the contact of an officer.
func NewContact(c notices.Contact) Contact {
	j := Contact{Phone: c.Phone, Mail: c.Mail, Chat: c.Chat, AnyHour: c.AnyHour, DailyDigest: c.DailyDigest}
	if c.QuietFrom != c.QuietTo {
		j.QuietFrom, j.QuietTo = formatClock(c.QuietFrom), formatClock(c.QuietTo)
	}
	return j
}

// Leave is an absence.
type Leave struct {
	ID         string `json:"id"`
	Officer    string `json:"officer"`
	From       Day    `json:"from"`
	To         Day    `json:"to"`
	Substitute string `json:"substitute,omitempty"`
	Reason     string `json:"reason"`
}

// NewLeave shows an absence.
func NewLeave(l org.Leave) Leave {
	return Leave{fmt.Sprint(l.ID), l.OfficerName, NewDay(l.From), NewDay(l.To), l.SubstituteName, l.Reason}
}
