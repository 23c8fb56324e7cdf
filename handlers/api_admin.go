package handlers

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// Queue is what the pages may ask of the jobs of this process; nil where another process runs them.
type Queue interface {
	// Figures are what Redis says of its queues; it lies after it was emptied, so the database's own count stands beside it.
	Figures(ctx context.Context) (QueueFigures, error)
	// Redrive tries again what was given up; workflow.ErrNotFound where it is not open any more.
	Redrive(ctx context.Context, id int64, by workflow.OfficerID) error
}

// QueueFigures are the numbers of the queues.
type QueueFigures struct {
	Kind                                        string // redis, sentinel, cluster, embedded
	Answers                                     bool
	Problem                                     string
	LastSweep                                   time.Time
	Pending, Active, Scheduled, Retry, Archived int
}

type queueJSON struct {
	Redis    *redisJSON  `json:"redis" doc:"队列（Redis）自己的计数；Redis 清空后会失真，以 database 为准"`
	Database backlogJSON `json:"database" doc:"数据库里的实际积压"`
	Alarms   []alarmJSON `json:"alarms" doc:"未消除的告警"`

	oldest time.Time // instant of the oldest undelivered message; zero: none
}

// TransformSchema implements huma.SchemaTransformer.
func (queueJSON) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return orNull(s, "redis")
}

type redisJSON struct {
	Kind      string  `json:"kind"`
	Answers   bool    `json:"answers"`
	Problem   string  `json:"problem,omitempty"`
	LastSweep *string `json:"last_sweep"`
	Pending   int     `json:"pending"`
	Active    int     `json:"active"`
	Scheduled int     `json:"scheduled"`
	Retry     int     `json:"retry"`
	Archived  int     `json:"archived"`
}

type backlogJSON struct {
	DueUnfired        int     `json:"due_unfired" doc:"已到时刻、尚未处理的期限"`
	Undelivered       int     `json:"undelivered" doc:"尚未送达收件箱的消息"`
	OldestUndelivered *string `json:"oldest_undelivered"`
	Failed            int     `json:"failed_jobs" doc:"多次失败、等人处理的任务"`
	Waiting           int     `json:"deliveries_waiting" doc:"待发的短信、邮件等"`
	Unsure            int     `json:"deliveries_unsure" doc:"对方可能已收到，不再自动重发"`
	Undeliverable     int     `json:"deliveries_failed"`
	OpenCases         int     `json:"open_cases"`
	OpenDeadlines     int     `json:"open_deadlines"`
}

type alarmJSON struct {
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	OpenedAt string `json:"opened_at"`
}

type failedJSON struct {
	ID         string  `json:"id"`
	Task       string  `json:"task"`
	CaseID     string  `json:"case_id,omitempty"`
	Number     string  `json:"number,omitempty"`
	Error      string  `json:"error"`
	Tries      int     `json:"tries"`
	At         string  `json:"at"`
	RedrivenAt *string `json:"redriven_at"`
	RedrivenBy string  `json:"redriven_by,omitempty"`
	ResolvedAt *string `json:"resolved_at"`
}

func failedOf(f models.FailedJob) failedJSON {
	j := failedJSON{ID: fmt.Sprint(f.ID), Task: f.Task, Number: f.Number, Error: f.Error, Tries: f.Tries, At: shanghai(f.At), RedrivenAt: stamp(f.RedrivenAt),
		RedrivenBy: f.RedrivenBy, ResolvedAt: stamp(f.ResolvedAt)}
	if f.Case != 0 {
		j.CaseID = fmt.Sprint(f.Case)
	}
	return j
}

type deliveryJSON struct {
	ID        string  `json:"id"`
	Kind      string  `json:"kind" doc:"urgent 紧急，digest 每日汇总"`
	State     string  `json:"state"`
	Officer   string  `json:"officer"`
	Office    string  `json:"office"`
	Channel   string  `json:"channel"`
	Notices   int     `json:"notices"`
	Tries     int     `json:"tries"`
	LastError string  `json:"last_error,omitempty"`
	DueAt     string  `json:"due_at"`
	SentAt    *string `json:"sent_at"`
}

func deliveryOf(d models.DeliveryLine) deliveryJSON {
	return deliveryJSON{fmt.Sprint(d.ID), d.Kind, d.State, d.OfficerName, d.OfficeName, d.ChannelKind, d.Notices, d.Tries, d.LastError, shanghai(d.DueAt), stamp(d.SentAt)}
}

// channelBody is a channel as an administrator writes it; what is secret in it is sealed and never shown again.
type channelBody struct {
	Office   string        `json:"office_id,omitempty" doc:"单位编号（不填为全县默认）" maxLength:"18"`
	Kind     string        `json:"kind" doc:"渠道" enum:"sms,wecom,dingtalk,mail" example:"mail"`
	Config   channelConfig `json:"config" doc:"渠道参数"`
	Active   bool          `json:"active" doc:"启用" example:"true"`
	Position int           `json:"position,omitempty" doc:"次序，小的先用" minimum:"0" maximum:"99"`
}

type channelConfig struct {
	URL      string `json:"url" doc:"网关或服务器地址" minLength:"1" maxLength:"500" example:"smtps://mail.example.gov.cn:465"`
	Key      string `json:"key,omitempty" doc:"账号" maxLength:"200"`
	Secret   string `json:"secret,omitempty" doc:"密钥或口令" maxLength:"500"`
	Sender   string `json:"sender,omitempty" doc:"发件人或签名" maxLength:"100"`
	Template string `json:"template,omitempty" doc:"短信模板编号" maxLength:"100"`
	StartTLS string `json:"starttls,omitempty" doc:"邮件加密" enum:"mandatory,opportunistic"`
}

type channelJSON struct {
	ID       string `json:"id"`
	Office   string `json:"office_id,omitempty"`
	Kind     string `json:"kind"`
	URL      string `json:"url"`
	Active   bool   `json:"active"`
	Position int    `json:"position"`
}

type versionJSON struct {
	Version    int             `json:"version"`
	ImportedAt string          `json:"imported_at"`
	By         string          `json:"by,omitempty"`
	Years      []calendar.Year `json:"years"`
}

// IDIn is the path of a row that an administrator looks after.
type IDIn struct {
	ID string `path:"id" doc:"编号"`
}

func (a *app) queue(ctx context.Context) (queueJSON, error) {
	now := a.svc.Now()
	b, err := a.store.Backlog(ctx, now)
	if err != nil {
		return queueJSON{}, err
	}
	j := queueJSON{oldest: b.OldestUndelivered, Alarms: []alarmJSON{}, Database: backlogJSON{b.DueUnfired, b.Undelivered, stamp(b.OldestUndelivered), b.FailedJobs, b.Waiting, b.Unsure, b.Failed, b.OpenCases,
		b.OpenDeadlines}}
	alarms, err := a.store.Alarms(ctx)
	if err != nil {
		return j, err
	}
	for _, x := range alarms {
		j.Alarms = append(j.Alarms, alarmJSON{x.Kind, x.Text, shanghai(x.OpenedAt)})
	}
	if a.cfg.Queue == nil {
		return j, nil
	}
	f, err := a.cfg.Queue.Figures(ctx)
	j.Redis = &redisJSON{f.Kind, f.Answers, f.Problem, stamp(f.LastSweep), f.Pending, f.Active, f.Scheduled, f.Retry, f.Archived}
	return j, err
}

// redrive tries again what was given up, here or in the process that runs the jobs.
func (a *app) redrive(ctx context.Context, by *caller, text string) error {
	id, err := number(text)
	if err != nil {
		return err
	}
	if a.cfg.Queue != nil {
		err = a.cfg.Queue.Redrive(ctx, id, by.ID)
	} else {
		_, err = a.store.Redrive(ctx, id, by.ID)
	}
	if err == nil {
		a.noted(ctx, by, "重新执行任务", text)
	}
	return err
}

// redriveDelivery sends a message again that may not have arrived.
func (a *app) redriveDelivery(ctx context.Context, by *caller, id int64) error {
	err := a.store.RedriveDelivery(ctx, id, by.ID)
	if err == nil {
		a.noted(ctx, by, "重发消息", fmt.Sprint(id))
	}
	return err
}

// removeChannel takes away a way by which messages leave.
func (a *app) removeChannel(ctx context.Context, by *caller, id int64) error {
	err := a.store.RemoveChannel(ctx, id)
	if err == nil {
		a.noted(ctx, by, "移除消息通道", fmt.Sprint(id))
	}
	return err
}

func (a *app) adminOperations(ops operations) {
	describe(a, ops, huma.Operation{OperationID: "queue", Summary: "任务队列、积压与告警"}, nil,
		func(ctx context.Context, _ *caller, _ *struct{}) (*out[queueJSON], error) {
			j, err := a.queue(ctx)
			return &out[queueJSON]{Status: http.StatusOK, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "failed-jobs", Summary: "多次失败、等人处理的任务"}, nil,
		func(ctx context.Context, _ *caller, in *struct {
			All bool `query:"all" doc:"也看已处理的"`
			Paging
		}) (*out[listOf[failedJSON]], error) {
			list, total, err := a.store.FailedJobs(ctx, !in.All, in.Page, in.PerPage)
			items := make([]failedJSON, len(list))
			for i, f := range list {
				items[i] = failedOf(f)
			}
			return &out[listOf[failedJSON]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "redrive-job", DefaultStatus: http.StatusNoContent,
		Summary: "重新执行一个失败的任务"}, nil,
		func(ctx context.Context, by *caller, in *IDIn) (*empty, error) {
			return &empty{}, a.redrive(ctx, by, in.ID)
		})
	describe(a, ops, huma.Operation{OperationID: "deliveries", Summary: "短信、邮件等的发送情况"}, nil,
		func(ctx context.Context, _ *caller, in *struct {
			State string `query:"state" doc:"状态" enum:"waiting,sending,sent,unsure,failed,void"`
			Paging
		}) (*out[listOf[deliveryJSON]], error) {
			list, total, err := a.store.Deliveries(ctx, in.State, in.Page, in.PerPage)
			items := make([]deliveryJSON, len(list))
			for i, d := range list {
				items[i] = deliveryOf(d)
			}
			return &out[listOf[deliveryJSON]]{Status: http.StatusOK, Body: pageOf(items, total, in.Paging)}, err
		})
	describe(a, ops, huma.Operation{OperationID: "redrive-delivery", DefaultStatus: http.StatusNoContent,
		Summary: "重发一条未送达或不确定的消息"}, nil,
		func(ctx context.Context, by *caller, in *IDIn) (*empty, error) {
			id, err := number(in.ID)
			if err != nil {
				return nil, err
			}
			return &empty{}, a.redriveDelivery(ctx, by, id)
		})
	describe(a, ops, huma.Operation{OperationID: "channels", Summary: "发送渠道（不含密钥）"}, nil, a.listChannels)
	describe(a, ops, huma.Operation{OperationID: "set-channel", DefaultStatus: http.StatusCreated, Summary: "登记发送渠道"}, typeOf[channelBody](),
		func(ctx context.Context, by *caller, in *struct{ Sent }) (*out[channelJSON], error) {
			j, err := a.setChannel(ctx, by, in.raw)
			return &out[channelJSON]{Status: http.StatusCreated, Body: j}, err
		})
	describe(a, ops, huma.Operation{OperationID: "remove-channel", DefaultStatus: http.StatusNoContent, Summary: "移除发送渠道"}, nil,
		func(ctx context.Context, by *caller, in *IDIn) (*empty, error) {
			id, err := number(in.ID)
			if err != nil {
				return nil, err
			}
			return &empty{}, a.removeChannel(ctx, by, id)
		})
	describe(a, ops, huma.Operation{OperationID: "calendar-versions", Summary: "工作日历的历次版本"}, nil,
		func(ctx context.Context, _ *caller, in *Paging) (*out[listOf[versionJSON]], error) {
			list, err := a.store.CalendarVersions(ctx)
			items := make([]versionJSON, len(list))
			for i, v := range list {
				items[i] = versionJSON{v.Version, shanghai(v.ImportedAt), v.By, v.Years}
			}
			return &out[listOf[versionJSON]]{Status: http.StatusOK, Body: pageOf(slice(items, *in), len(items), *in)}, err
		})
}

func (a *app) listChannels(ctx context.Context, _ *caller, in *Paging) (*out[listOf[channelJSON]], error) {
	list, err := a.store.Channels(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]channelJSON, len(list))
	for i, c := range list {
		items[i] = channelOf(c)
	}
	return &out[listOf[channelJSON]]{Status: http.StatusOK, Body: pageOf(slice(items, *in), len(items), *in)}, nil
}

func channelOf(c models.Channel) channelJSON {
	var open channelConfig
	_ = json.Unmarshal(c.Config, &open) // it was written by setChannel
	j := channelJSON{ID: fmt.Sprint(c.ID), Kind: c.Kind, URL: host(open.URL), Active: c.Active, Position: c.Position}
	if c.Office != 0 {
		j.Office = fmt.Sprint(c.Office)
	}
	return j
}

// host shows of an address only whose it is: some carry a token.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// setChannel keeps a channel by which messages leave.
func (a *app) setChannel(ctx context.Context, by *caller, raw []byte) (channelJSON, error) {
	var b channelBody
	if err := decodeJSON(raw, &b); err != nil {
		return channelJSON{}, err
	}
	config, err := json.Marshal(struct {
		Kind string `json:"kind"`
		channelConfig
	}{b.Kind, b.Config})
	if err != nil {
		return channelJSON{}, err
	}
	if a.cfg.CheckChannel != nil {
		if err := a.cfg.CheckChannel(config); err != nil {
			return channelJSON{}, invalid("config", err.Error())
		}
	}
	c := models.Channel{Kind: b.Kind, Config: config, Active: b.Active, Position: b.Position}
	if b.Office != "" {
		id, err := number(b.Office)
		if err != nil {
			return channelJSON{}, invalid("office_id", "单位编号应为数字，例如 13")
		}
		c.Office = workflow.OfficeID(id)
	}
	if c.ID, err = a.store.SetChannel(ctx, c); err != nil {
		return channelJSON{}, err
	}
	a.noted(ctx, by, "登记消息通道", c.Kind)
	return channelOf(c), nil
}
