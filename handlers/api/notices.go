package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/schema"
	"anju/handlers/view"
	noticesstore "anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

// notices answers a list of what the caller's office was told.
func (a *API) notices(ctx context.Context, by *request.Caller, q noticesstore.NoticeQuery,
	p request.Paging) (*out[listOf[view.Notice]], error) {
	q.Page, q.PerPage = p.Page, p.PerPage
	list, total, err := a.store.Notices(ctx, by.ID, q)
	if err != nil {
		return nil, err
	}
	items := make([]view.Notice, len(list))
	for i, n := range list {
		items[i] = a.views.NewNotice(n)
	}
	return &out[listOf[view.Notice]]{Status: http.StatusOK, Body: pageOf(items, total, p)}, nil
}

// NoticeIn is the path of a notice.
type NoticeIn struct {
	ID string `path:"id" doc:"提醒编号"`
	Once
}

const acknowledges = "确认收到提醒；到次一工作日结束仍无人确认的，报上级"

// markOperation describes an operation that marks one notice of the caller's office.
func (a *API) markOperation(ops operations, id, summary string,
	mark func(context.Context, workflow.OfficerID, ...int64) error) {
	describe(a, ops, huma.Operation{OperationID: id, DefaultStatus: http.StatusNoContent, Summary: summary}, nil,
		func(ctx context.Context, by *request.Caller, in *NoticeIn) (*empty, error) {
			n, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			return &empty{}, mark(ctx, by.ID, n)
		})
}

func (a *API) noticeOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "notices", Summary: "本单位收到的提醒"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			Open bool `query:"open" doc:"只看尚未确认的"`
			request.Paging
		}) (*out[listOf[view.Notice]], error) {
			return a.notices(ctx, by, noticesstore.NoticeQuery{Open: in.Open}, in.Paging)
		})
	describe(a, ops, huma.Operation{OperationID: "inbox",
		Summary: "本单位的消息：要确认的提醒，办理消息，抄送、催办、督办、转办"}, nil,
		func(ctx context.Context, by *request.Caller, in *struct {
			Kind        string `query:"kind" doc:"种类" enum:"rung,climb,message"`
			Unread      bool   `query:"unread" doc:"只看未读的"`
			Acknowledge bool   `query:"acknowledge" doc:"只看要确认而尚未确认的"`
			request.Paging
		}) (*out[listOf[view.Notice]], error) {
			return a.notices(ctx, by, noticesstore.NoticeQuery{Kind: in.Kind, Unread: in.Unread, Owed: in.Acknowledge},
				in.Paging)
		})
	a.markOperation(ops, "read-inbox", "标为已读", a.store.MarkRead)
	a.markOperation(ops, "acknowledge-inbox", acknowledges, a.store.Acknowledge)
	a.markOperation(ops, "acknowledge-notice", acknowledges, a.store.Acknowledge)
	a.officerOperations(ops)
}

// officerOperations are what an officer sets for themselves: how they are reached, and when they are away.
func (a *API) officerOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "contact", Summary: "我的联系方式与提醒时间"}, nil,
		func(ctx context.Context, by *request.Caller, _ *struct{}) (*out[view.Contact], error) {
			return a.contact(ctx, by, nil)
		})
	describeOnce(a, ops, huma.Operation{OperationID: "set-contact", Summary: "设置我的联系方式与提醒时间"}, typeOf[view.Contact](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*out[view.Contact], error) {
			j, err := a.intake.SetContact(ctx, by, in.raw)
			return &out[view.Contact]{Status: http.StatusOK, Body: j}, err
		}, a.contact)
	describe(a, ops, huma.Operation{OperationID: "leaves", Summary: "今后的离岗与替岗（AB岗）"}, nil,
		func(ctx context.Context, by *request.Caller, in *request.Paging) (*out[listOf[view.Leave]], error) {
			list, err := a.store.Leaves(ctx, calendar.DayOf(a.svc.Now()))
			if err != nil {
				return nil, err
			}
			items := []view.Leave{}
			for _, l := range list {
				if a.lookup.MayPlan(ctx, by, l.Officer) {
					items = append(items, view.NewLeave(l))
				}
			}
			return &out[listOf[view.Leave]]{Status: http.StatusOK, Body: pageOf(Slice(items, *in), len(items), *in)}, nil
		})
	describeOnce(a, ops, huma.Operation{OperationID: "set-leave", DefaultStatus: http.StatusCreated,
		Summary: "登记离岗与替岗：本人、本单位负责人或系统管理员"}, typeOf[intake.LeaveBody](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*out[view.Leave], error) {
			j, err := a.intake.SetLeave(ctx, by, in.raw)
			return &out[view.Leave]{Status: http.StatusCreated, Body: j}, err
		}, a.rereadLeave)
}

// contact answers with how the caller is reached.
func (a *API) contact(ctx context.Context, by *request.Caller, _ *onceIn) (*out[view.Contact], error) {
	c, err := a.store.ContactOf(ctx, by.ID)
	return &out[view.Contact]{Status: http.StatusOK, Body: view.NewContact(c)}, err
}

// rereadLeave answers with a leave that was entered; errAnswerLost where it has been ended since.
func (a *API) rereadLeave(ctx context.Context, by *request.Caller, in *onceIn) (*out[view.Leave], error) {
	var b intake.LeaveBody
	if err := schema.DecodeJSON(in.raw, &b); err != nil {
		return nil, err
	}
	officer := by.ID
	if b.Officer != "" {
		officers, err := a.store.Officers(ctx)
		if err != nil {
			return nil, err
		}
		for _, o := range officers {
			if o.Login == b.Officer {
				officer = o.ID
			}
		}
	}
	list, err := a.store.Leaves(ctx, b.From)
	for _, l := range list {
		if l.Officer == officer && l.From == b.From && l.To == b.To {
			return &out[view.Leave]{Status: http.StatusCreated, Body: view.NewLeave(l)}, err
		}
	}
	return nil, cmp.Or(err, error(errAnswerLost))
}
