package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/intake"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/workflow/calendar"
)

type versionJSON struct {
	Version    int             `json:"version"`
	ImportedAt view.Instant    `json:"imported_at"`
	By         string          `json:"by,omitempty"`
	Years      []calendar.Year `json:"years"`
}

func (a *API) adminOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "queue", Summary: "任务队列、积压与告警"}, nil,
		func(ctx context.Context, _ *request.Caller, _ *struct{}) (*out[view.Queue], error) {
			j, err := a.lookup.Queue(ctx)
			return &out[view.Queue]{Status: http.StatusOK, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "failed-jobs", Summary: "多次失败、等人处理的任务"}, nil,
		func(ctx context.Context, _ *request.Caller, in *struct {
			All bool `query:"all" doc:"也看已处理的"`
			request.Paging
		}) (*out[listOf[view.Failed]], error) {
			list, total, err := a.store.FailedJobs(ctx, !in.All, in.Page, in.PerPage)
			items := make([]view.Failed, len(list))
			for i, f := range list {
				items[i] = view.NewFailed(f)
			}
			return &out[listOf[view.Failed]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "redrive-job", DefaultStatus: http.StatusNoContent,
		Summary: "重新执行一个失败的任务"}, nil,
		func(ctx context.Context, by *request.Caller, in *onceID) (*empty, error) {
			return &empty{}, a.intake.Redrive(ctx, by, in.ID)
		})
	describe(a, ops, huma.Operation{OperationID: "deliveries", Summary: "短信、邮件等的发送情况"}, nil,
		func(ctx context.Context, _ *request.Caller, in *struct {
			State string `query:"state" doc:"状态" enum:"waiting,sending,sent,unsure,failed,void"`
			request.Paging
		}) (*out[listOf[view.Delivery]], error) {
			list, total, err := a.store.Deliveries(ctx, in.State, in.Page, in.PerPage)
			items := make([]view.Delivery, len(list))
			for i, d := range list {
				items[i] = view.NewDelivery(d)
			}
			return &out[listOf[view.Delivery]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "redrive-delivery", DefaultStatus: http.StatusNoContent,
		Summary: "重发一条未送达或不确定的消息"}, nil,
		func(ctx context.Context, by *request.Caller, in *onceID) (*empty, error) {
			id, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			return &empty{}, a.intake.RedriveDelivery(ctx, by, id)
		})
	describe(a, ops, huma.Operation{OperationID: "channels", Summary: "发送渠道（不含密钥）"}, nil, a.listChannels)
	describe(a, ops, huma.Operation{OperationID: "set-channel", DefaultStatus: http.StatusCreated, Summary: "登记发送渠道"},
		typeOf[intake.ChannelBody](),
		func(ctx context.Context, by *request.Caller, in *onceIn) (*out[view.Channel], error) {
			j, err := a.intake.SetChannel(ctx, by, in.raw)
			return &out[view.Channel]{Status: http.StatusCreated, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "remove-channel", DefaultStatus: http.StatusNoContent, Summary: "移除发送渠道"},
		nil,
		func(ctx context.Context, by *request.Caller, in *IDIn) (*empty, error) {
			id, err := request.Number(in.ID)
			if err != nil {
				return nil, err
			}
			return &empty{}, a.intake.RemoveChannel(ctx, by, id)
		})
	describe(a, ops, huma.Operation{OperationID: "calendar-versions", Summary: "工作日历的历次版本"}, nil,
		func(ctx context.Context, _ *request.Caller, in *request.Paging) (*out[listOf[versionJSON]], error) {
			list, err := a.store.CalendarVersions(ctx)
			items := make([]versionJSON, len(list))
			for i, v := range list {
				items[i] = versionJSON{v.Version, view.NewInstant(v.ImportedAt), v.By, v.Years}
			}
			return &out[listOf[versionJSON]]{Status: http.StatusOK, Body: pageOf(Slice(items, *in), len(items), *in)}, err
		})
}

func (a *API) listChannels(ctx context.Context, _ *request.Caller,
	in *request.Paging) (*out[listOf[view.Channel]], error) {
	list, err := a.store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]view.Channel, len(list))
	for i, c := range list {
		items[i] = view.NewChannel(c)
	}
	return &out[listOf[view.Channel]]{Status: http.StatusOK, Body: pageOf(Slice(items, *in), len(items), *in)}, nil
}
