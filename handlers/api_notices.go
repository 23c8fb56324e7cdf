package handlers

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

type noticeJSON struct {
	ID             string            `json:"id"`
	CaseID         string            `json:"case_id"`
	Number         string            `json:"number"`
	Chain          workflow.ChainID  `json:"chain"`
	State          workflow.State    `json:"state"`
	Kind           string            `json:"kind" doc:"rung 期限提醒，climb 下级未确认而上报，message 办理消息"`
	Rung           workflow.RungName `json:"rung,omitempty"`
	Text           string            `json:"text"`
	Verb           string            `json:"verb,omitempty" doc:"办理消息所说的动作或登记，例如 copy 抄送"`
	FromOffice     string            `json:"from_office,omitempty" doc:"发出消息的单位"`
	FromOfficer    string            `json:"from_officer,omitempty" doc:"发出消息的人员"`
	Words          string            `json:"words,omitempty" doc:"发出人写的话"`
	At             string            `json:"at"`
	Acknowledge    bool              `json:"acknowledge" doc:"需要确认而尚未确认"`
	ReadAt         *string           `json:"read_at"`
	AcknowledgedAt *string           `json:"acknowledged_at"`
	AcknowledgedBy *string           `json:"acknowledged_by"`
	ClimbedAt      *string           `json:"climbed_at" doc:"无人确认、已报上级的时刻"`
}

func (a *app) noticeOf(n models.Notice) noticeJSON {
	j := noticeJSON{ID: fmt.Sprint(n.ID), CaseID: fmt.Sprint(n.Case), Number: n.Number, Chain: n.Chain, State: n.State, Kind: n.Kind,
		Rung: n.Rung, Text: n.Text, FromOffice: n.FromOffice, FromOfficer: n.FromOfficer, Words: n.Words, At: shanghai(n.At),
		Acknowledge: n.Owed(), ReadAt: stamp(n.ReadAt), AcknowledgedAt: stamp(n.AckedAt), ClimbedAt: stamp(n.ClimbedAt)}
	if n.AckedBy != "" {
		j.AcknowledgedBy = &n.AckedBy
	}
	if n.Kind == models.MessageNotice {
		j.Verb, j.Text = n.Text, workflow.LineTitle(n.Text)
	}
	return j
}

// notices answers a list of what the caller's office was told.
func (a *app) notices(ctx context.Context, by *caller, q models.NoticeQuery, p Paging) (*out[listOf[noticeJSON]], error) {
	q.Page, q.PerPage = p.Page, p.PerPage
	list, total, err := a.store.Notices(ctx, by.ID, q)
	if err != nil {
		return nil, err
	}
	items := make([]noticeJSON, len(list))
	for i, n := range list {
		items[i] = a.noticeOf(n)
	}
	return &out[listOf[noticeJSON]]{Status: http.StatusOK, Body: pageOf(items, total, p)}, nil
}

// NoticeIn is the path of a notice.
type NoticeIn struct {
	ID string `path:"id" doc:"提醒编号"`
}

// contactJSON is where and when an officer is reached beside his inbox.
type contactJSON struct {
	Phone       string `json:"phone,omitempty" doc:"手机号" maxLength:"20" pattern:"^([0-9+\\-]{5,20})?$" example:"13800001234"`
	Mail        string `json:"mail,omitempty" doc:"电子邮箱" maxLength:"100"`
	Chat        string `json:"chat,omitempty" doc:"企业微信或钉钉账号" maxLength:"60"`
	AnyHour     bool   `json:"any_hour,omitempty" doc:"紧急提醒任何时间都发（默认只在上班时间）"`
	QuietFrom   string `json:"quiet_from,omitempty" doc:"免打扰开始（时:分）" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" example:"12:00"`
	QuietTo     string `json:"quiet_to,omitempty" doc:"免打扰结束（时:分）" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" example:"14:00"`
	DailyDigest bool   `json:"daily_digest" doc:"每个工作日 8:30 汇总发送" example:"true"`
}

func clockOf(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func minutesOf(clock string) int {
	h, m := 0, 0
	_, _ = fmt.Sscanf(clock, "%d:%d", &h, &m) // the schema has held it to HH:MM, or it is empty
	return h*60 + m
}

func contactOf(c models.Contact) contactJSON {
	j := contactJSON{Phone: c.Phone, Mail: c.Mail, Chat: c.Chat, AnyHour: c.AnyHour, DailyDigest: c.DailyDigest}
	if c.QuietFrom != c.QuietTo {
		j.QuietFrom, j.QuietTo = clockOf(c.QuietFrom), clockOf(c.QuietTo)
	}
	return j
}

type leaveBody struct {
	Officer    string       `json:"officer,omitempty" doc:"离岗人员账号（不填为本人）" maxLength:"60"`
	From       calendar.Day `json:"from" doc:"离岗首日" format:"date" example:"2026-03-09"`
	To         calendar.Day `json:"to" doc:"离岗末日" format:"date" example:"2026-03-13"`
	Substitute string       `json:"substitute,omitempty" doc:"AB岗替岗人员账号（同一单位）" maxLength:"60"`
	Reason     string       `json:"reason" doc:"事由" minLength:"1" maxLength:"200" example:"外出培训"`
}

type leaveJSON struct {
	ID         string `json:"id"`
	Officer    string `json:"officer"`
	From       string `json:"from"`
	To         string `json:"to"`
	Substitute string `json:"substitute,omitempty"`
	Reason     string `json:"reason"`
}

func leaveOf(l models.Leave) leaveJSON {
	return leaveJSON{fmt.Sprint(l.ID), l.OfficerName, l.From.String(), l.To.String(), l.SubstituteName, l.Reason}
}

const acknowledges = "确认收到提醒；到次一工作日结束仍无人确认的，报上级"

// markOperation describes an operation that marks one notice of the caller's office.
func (a *app) markOperation(ops operations, id, summary string, mark func(context.Context, workflow.OfficerID, ...int64) error) {
	describe(a, ops, huma.Operation{OperationID: id, DefaultStatus: http.StatusNoContent, Summary: summary}, nil, func(ctx context.Context, by *caller, in *NoticeIn) (*empty, error) {
		n, err := number(in.ID)
		if err != nil {
			return nil, err
		}
		return &empty{}, mark(ctx, by.ID, n)
	})
}

func (a *app) noticeOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "notices", Summary: "本单位收到的提醒"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			Open bool `query:"open" doc:"只看尚未确认的"`
			Paging
		}) (*out[listOf[noticeJSON]], error) {
			return a.notices(ctx, by, models.NoticeQuery{Open: in.Open}, in.Paging)
		})
	describe(a, ops, huma.Operation{OperationID: "inbox",
		Summary: "本单位的消息：要确认的提醒，办理消息，抄送、催办、督办、转办"}, nil,
		func(ctx context.Context, by *caller, in *struct {
			Kind        string `query:"kind" doc:"种类" enum:"rung,climb,message"`
			Unread      bool   `query:"unread" doc:"只看未读的"`
			Acknowledge bool   `query:"acknowledge" doc:"只看要确认而尚未确认的"`
			Paging
		}) (*out[listOf[noticeJSON]], error) {
			return a.notices(ctx, by, models.NoticeQuery{Kind: in.Kind, Unread: in.Unread, Owed: in.Acknowledge}, in.Paging)
		})
	a.markOperation(ops, "read-inbox", "标为已读", a.store.MarkRead)
	a.markOperation(ops, "acknowledge-inbox", acknowledges, a.store.Acknowledge)
	a.markOperation(ops, "acknowledge-notice", acknowledges, a.store.Acknowledge)
	describe(a, ops, huma.Operation{OperationID: "contact", Summary: "我的联系方式与提醒时间"}, nil,
		func(ctx context.Context, by *caller, _ *struct{}) (*out[contactJSON], error) {
			c, err := a.store.ContactOf(ctx, by.ID)
			return &out[contactJSON]{Status: http.StatusOK, Body: contactOf(c)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "set-contact", Summary: "设置我的联系方式与提醒时间"}, typeOf[contactJSON](),
		func(ctx context.Context, by *caller, in *struct{ Sent }) (*out[contactJSON], error) {
			j, err := a.setContact(ctx, by, in.raw)
			return &out[contactJSON]{Status: http.StatusOK, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "leaves", Summary: "今后的离岗与替岗（AB岗）"}, nil,
		func(ctx context.Context, by *caller, in *Paging) (*out[listOf[leaveJSON]], error) {
			list, err := a.store.Leaves(ctx, calendar.DayOf(a.svc.Now()))
			if err != nil {
				return nil, err
			}
			items := []leaveJSON{}
			for _, l := range list {
				if a.mayPlan(ctx, by, l.Officer) {
					items = append(items, leaveOf(l))
				}
			}
			return &out[listOf[leaveJSON]]{Status: http.StatusOK, Body: pageOf(slice(items, *in), len(items), *in)}, nil
		})
	describe(a, ops, huma.Operation{OperationID: "set-leave", DefaultStatus: http.StatusCreated,
		Summary: "登记离岗与替岗：本人、本单位负责人或系统管理员"}, typeOf[leaveBody](),
		func(ctx context.Context, by *caller, in *struct{ Sent }) (*out[leaveJSON], error) {
			j, err := a.setLeave(ctx, by, in.raw)
			return &out[leaveJSON]{Status: http.StatusCreated, Body: j}, err
		})
}

// setContact keeps how the caller is reached.
func (a *app) setContact(ctx context.Context, by *caller, raw []byte) (contactJSON, error) {
	var b contactJSON
	if err := decodeJSON(raw, &b); err != nil {
		return b, err
	}
	c := models.Contact{Phone: b.Phone, Mail: b.Mail, Chat: b.Chat, AnyHour: b.AnyHour, QuietFrom: minutesOf(b.QuietFrom), QuietTo: minutesOf(b.QuietTo), DailyDigest: b.DailyDigest}
	return contactOf(c), a.store.SetContact(ctx, by.ID, c)
}

// mayPlan tells whether the caller may know and set when an officer is away: he himself, the head of his office, the administrator
// of the system.
func (a *app) mayPlan(ctx context.Context, by *caller, officer workflow.OfficerID) bool {
	if officer == by.ID || by.Role == workflow.SystemAdmin {
		return true
	}
	list, err := a.store.Officers(ctx)
	if err != nil {
		return false
	}
	for _, o := range list {
		if o.ID == officer {
			return o.Office == by.Office && by.Role.Signs()
		}
	}
	return false
}

// setLeave plans an absence and the officer who stands in.
func (a *app) setLeave(ctx context.Context, by *caller, raw []byte) (leaveJSON, error) {
	var b leaveBody
	if err := decodeJSON(raw, &b); err != nil {
		return leaveJSON{}, err
	}
	list, err := a.store.Officers(ctx)
	if err != nil {
		return leaveJSON{}, err
	}
	find := func(login, field string) (workflow.OfficerID, string, error) {
		for _, o := range list {
			if o.Login == login {
				return o.ID, o.Name, nil
			}
		}
		return 0, "", invalid(field, "没有账号为 "+login+" 的人员，请核对")
	}
	l := models.Leave{Officer: by.ID, OfficerName: by.Name, From: b.From, To: b.To, Reason: b.Reason}
	if b.Officer != "" {
		if l.Officer, l.OfficerName, err = find(b.Officer, "officer"); err != nil {
			return leaveJSON{}, err
		}
	}
	if !a.mayPlan(ctx, by, l.Officer) {
		return leaveJSON{}, errNoAdmin
	}
	if b.Substitute != "" {
		if l.Substitute, l.SubstituteName, err = find(b.Substitute, "substitute"); err != nil {
			return leaveJSON{}, err
		}
	}
	if l.ID, err = a.store.SetLeave(ctx, l); err != nil {
		return leaveJSON{}, err
	}
	return leaveOf(l), nil
}
