package view

import (
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"anju/handlers/schema"
	"anju/models/notices"
)

// QueueFigures are the numbers of the queues.
type QueueFigures struct {
	Kind                                        string // redis, sentinel, cluster, embedded
	Answers                                     bool
	Problem                                     string
	LastSweep                                   time.Time
	Pending, Active, Scheduled, Retry, Archived int
}

// Queue is the state of queue, jobs and deliveries.
type Queue struct {
	Redis    *Redis  `json:"redis" doc:"队列（Redis）自己的计数；Redis 清空后会失真，以 database 为准"`
	Database Backlog `json:"database" doc:"数据库里的实际积压"`
	Alarms   []Alarm `json:"alarms" doc:"未消除的告警"`
}

// TransformSchema implements huma.SchemaTransformer.
func (Queue) TransformSchema(_ huma.Registry, s *huma.Schema) *huma.Schema {
	return schema.OrNull(s, "redis")
}

// Redis is the state of Redis.
type Redis struct {
	Kind      string   `json:"kind"`
	Answers   bool     `json:"answers"`
	Problem   string   `json:"problem,omitempty"`
	LastSweep *Instant `json:"last_sweep"`
	Pending   int      `json:"pending"`
	Active    int      `json:"active"`
	Scheduled int      `json:"scheduled"`
	Retry     int      `json:"retry"`
	Archived  int      `json:"archived"`
}

// Backlog counts what waits to be sent.
type Backlog struct {
	DueUnfired        int      `json:"due_unfired" doc:"已到时刻、尚未处理的期限"`
	Undelivered       int      `json:"undelivered" doc:"尚未送达收件箱的消息"`
	OldestUndelivered *Instant `json:"oldest_undelivered"`
	Failed            int      `json:"failed_jobs" doc:"多次失败、等人处理的任务"`
	Waiting           int      `json:"deliveries_waiting" doc:"待发的短信、邮件等"`
	Unsure            int      `json:"deliveries_unsure" doc:"对方可能已收到，不再自动重发"`
	Undeliverable     int      `json:"deliveries_failed"`
	OpenCases         int      `json:"open_cases"`
	OpenDeadlines     int      `json:"open_deadlines"`
}

// Alarm is an alarm of the queue.
type Alarm struct {
	Kind     string  `json:"kind"`
	Text     string  `json:"text"`
	OpenedAt Instant `json:"opened_at"`
}

// Failed is a job that was given up.
type Failed struct {
	ID         string   `json:"id"`
	Task       string   `json:"task"`
	CaseID     string   `json:"case_id,omitempty"`
	Number     string   `json:"number,omitempty"`
	Error      string   `json:"error"`
	Tries      int      `json:"tries"`
	At         Instant  `json:"at"`
	RedrivenAt *Instant `json:"redriven_at"`
	RedrivenBy string   `json:"redriven_by,omitempty"`
	ResolvedAt *Instant `json:"resolved_at"`
}

// NewFailed shows a job that was given up.
func NewFailed(f notices.FailedJob) Failed {
	j := Failed{ID: fmt.Sprint(f.ID), Task: f.Task, Number: f.Number, Error: f.Error, Tries: f.Tries,
		At: NewInstant(f.At), RedrivenAt: OptionalInstant(f.RedrivenAt),
		RedrivenBy: f.RedrivenBy, ResolvedAt: OptionalInstant(f.ResolvedAt)}
	if f.Case != 0 {
		j.CaseID = fmt.Sprint(f.Case)
	}
	return j
}

// Delivery is the delivery of a notice on a channel.
type Delivery struct {
	ID        string   `json:"id"`
	Kind      string   `json:"kind" doc:"urgent 紧急，digest 每日汇总"`
	State     string   `json:"state"`
	Officer   string   `json:"officer"`
	Office    string   `json:"office"`
	Channel   string   `json:"channel"`
	Notices   int      `json:"notices"`
	Tries     int      `json:"tries"`
	LastError string   `json:"last_error,omitempty"`
	DueAt     Instant  `json:"due_at"`
	SentAt    *Instant `json:"sent_at"`
}

// NewDelivery shows a delivery.
func NewDelivery(d notices.DeliveryLine) Delivery {
	return Delivery{fmt.Sprint(d.ID), d.Kind, d.State, d.OfficerName, d.OfficeName, d.ChannelKind, d.Notices, d.Tries,
		d.LastError, NewInstant(d.DueAt), OptionalInstant(d.SentAt)}
}

// ChannelConfig is how a channel is reached.
type ChannelConfig struct {
	URL      string `json:"url" doc:"网关或服务器地址" minLength:"1" maxLength:"500" example:"smtps://mail.example.gov.cn:465"`
	Key      string `json:"key,omitempty" doc:"账号" maxLength:"200"`
	Secret   string `json:"secret,omitempty" doc:"密钥或口令" maxLength:"500"`
	Sender   string `json:"sender,omitempty" doc:"发件人或签名" maxLength:"100"`
	Template string `json:"template,omitempty" doc:"短信模板编号" maxLength:"100"`
	StartTLS string `json:"starttls,omitempty" doc:"邮件加密" enum:"mandatory,opportunistic"`
}

// Channel is a channel.
type Channel struct {
	ID       string `json:"id"`
	Office   string `json:"office_id,omitempty"`
	Kind     string `json:"kind"`
	URL      string `json:"url"`
	Active   bool   `json:"active"`
	Position int    `json:"position"`
}

// NewChannel shows a channel without its secrets.
func NewChannel(c notices.Channel) Channel {
	var open ChannelConfig
	_ = json.Unmarshal(c.Config, &open) // it was written by setChannel
	j := Channel{ID: fmt.Sprint(c.ID), Kind: c.Kind, URL: host(open.URL), Active: c.Active, Position: c.Position}
	if c.Office != 0 {
		j.Office = fmt.Sprint(c.Office)
	}
	return j
}

// host is the host of an address, without path and query: some carry a token.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
