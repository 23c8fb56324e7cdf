package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/jobs/hold"
	"anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

// alarmStore is what the alarms call of the database.
type alarmStore interface {
	// Unmanned are the offices that an open case lies in or comes to next, and in which no account can act on a day.
	Unmanned(ctx context.Context, today calendar.Day) ([]notices.Unmanned, error)
	// SetAlarms opens the alarms of a kind that are not open yet, and closes those that are not given.
	SetAlarms(ctx context.Context, kind string, now []notices.Alarm) (opened, closed int, err error)
	Backlog(ctx context.Context, now time.Time) (notices.Backlog, error)
}

// The kinds of alarms, as the database names them.
const (
	Unmanned   = "unmanned"   // an office in which no account can act; its subject is the office
	Outbox     = "outbox"     // what moves have told has not come to the inboxes
	Deliveries = "deliveries" // messages are late, failed, or may have arrived
	Failed     = "failed_jobs"
	Calendar   = "calendar" // a year's notice is missing
	Clock      = "clock"    // the clock is in doubt
	Record     = "record"   // the record does not verify
	Restore    = "restore"  // the database stands before what was done already
)

// Alarms opens and closes the alarms of the county.
type Alarms struct {
	Config
	store  alarmStore
	record recordStore // nil: the record is not looked at
	gate   *hold.Gate
}

// NewAlarms returns the alarms. Of a store that keeps no verifications no record is looked at.
func NewAlarms(cfg Config, store alarmStore, gate *hold.Gate) *Alarms {
	record, _ := store.(recordStore)
	return &Alarms{cfg, store, record, gate}
}

// Look opens the alarms for which there is a cause now, and closes those for which there is none any more.
func (a *Alarms) Look(ctx context.Context) error {
	var errs []error
	for _, check := range []struct {
		kind string
		find func(context.Context) ([]notices.Alarm, error)
	}{
		{Unmanned, a.unmanned}, {Outbox, a.lateOutbox}, {Deliveries, a.lateDeliveries}, {Failed, a.failedJobs},
		{Calendar, a.missingYears}, {Clock, a.clockInDoubt}, {Record, a.unverified}, {Restore, a.restored},
	} {
		found, err := check.find(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		opened, closed, err := a.store.SetAlarms(ctx, check.kind, found)
		if err != nil && !errors.Is(err, workflow.ErrBusy) {
			errs = append(errs, fmt.Errorf("keep the alarms: %w", err))
		}
		if opened > 0 {
			a.Log.Warn("alarms were opened", "kind", check.kind, "alarms", opened)
		}
		if closed > 0 {
			a.Log.Info("alarms were closed", "kind", check.kind, "alarms", closed)
		}
	}
	return errors.Join(errs...)
}

func (a *Alarms) unmanned(ctx context.Context) ([]notices.Alarm, error) {
	list, err := a.store.Unmanned(ctx, calendar.DayOf(a.Now()))
	if err != nil {
		return nil, fmt.Errorf("look for unmanned offices: %w", err)
	}
	alarms := make([]notices.Alarm, len(list))
	for i, u := range list {
		who, do := u.Name+"今天没有能办理的人（账号已停用，或全部请假且无人代理）", "请启用账号或指定代理人"
		switch {
		case u.Office == 0:
			who, do = u.Kind.Title()+"（区划 "+u.Division+"）还没有设立单位", "请先设立单位并开通账号"
		case u.Head:
			who, do = u.Name+"今天没有能签署的负责人", "请开通负责人账号，或由负责人结束请假"
		}
		alarms[i] = notices.Alarm{Subject: fmt.Sprintf("%s %s", u.Kind, u.Division),
			Text: fmt.Sprintf("%s：在办 %d 件，即将到达 %d 件，例如 %s。%s。", who, u.Cases, u.Coming, u.Number, do)}
	}
	return alarms, nil
}

// clockInDoubt is the alarm of a clock that keeps escalation back.
func (a *Alarms) clockInDoubt(ctx context.Context) ([]notices.Alarm, error) {
	err := a.gate.MayEscalate(ctx)
	var held *workflow.Held
	switch {
	case errors.As(err, &held) && held.Hold == workflow.HoldClock:
		return []notices.Alarm{{Text: "服务器的时钟可能不准，红牌、催办和文书编号已暂停，其他办理照常。请核对服务器的时钟并校准；" +
			"确认现在的时间正确的，请运行 anju clock confirm。"}}, nil
	case hold.Is(err):
		return nil, nil
	}
	return nil, err
}

func (a *Alarms) lateOutbox(ctx context.Context) ([]notices.Alarm, error) {
	b, err := a.store.Backlog(ctx, a.Now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	if b.OldestUndelivered.IsZero() || a.Now().Sub(b.OldestUndelivered) <= notices.LateAfter {
		return nil, nil
	}
	return []notices.Alarm{{Text: fmt.Sprintf("有 %d 条办件通知没有送到各单位的待办提醒，最早的一条已等待 10 分钟以上。"+
		"请检查 Redis 和后台任务是否运行（anju doctor）。", b.Undelivered)}}, nil
}

func (a *Alarms) lateDeliveries(ctx context.Context) ([]notices.Alarm, error) {
	b, err := a.store.Backlog(ctx, a.Now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	var alarms []notices.Alarm
	for _, late := range []struct {
		n             int
		subject, text string
	}{
		{b.Late, "late", "有 %d 条提醒消息超过 10 分钟没有发出。请检查消息通道的地址和网络。"},
		{b.Unsure, "unsure", "有 %d 条提醒消息发出后没有得到答复，可能已经送达，不会自动重发。请核对后决定是否重发。"},
		{b.Failed, "failed", "有 %d 条提醒消息没有送达。请核对人员的联系方式和消息通道的配置后重发。"},
	} {
		if late.n > 0 {
			alarms = append(alarms, notices.Alarm{Subject: late.subject, Text: fmt.Sprintf(late.text, late.n)})
		}
	}
	return alarms, nil
}

func (a *Alarms) failedJobs(ctx context.Context) ([]notices.Alarm, error) {
	b, err := a.store.Backlog(ctx, a.Now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	if b.FailedJobs == 0 {
		return nil, nil
	}
	return []notices.Alarm{{Text: fmt.Sprintf("有 %d 项后台任务多次失败。请查看失败原因，排除后重试。", b.FailedJobs)}}, nil
}

// missingYears are this year, and from 1 November the next, as far as their notices of the State Council are not in the
// calendar.
func (a *Alarms) missingYears(context.Context) ([]notices.Alarm, error) {
	year, month, _ := calendar.DayOf(a.Now()).Date()
	years := []int{year}
	if month >= time.November {
		years = append(years, year+1)
	}
	var alarms []notices.Alarm
	for _, y := range years {
		if a.County().Calendar.Covers(calendar.Date(y, time.July, 1)) {
			continue
		}
		alarms = append(alarms, notices.Alarm{Subject: fmt.Sprint(y), Text: fmt.Sprintf("%d 年的放假安排还没有导入。国务院办公厅的通知公布后，请先运行 "+
			"anju calendar import 文件 --dry-run 核对，再去掉 --dry-run 导入。在此之前 %d 年的到期日只按周末推算，标为“暂定”，不发红牌。", y, y)})
	}
	return alarms, nil
}

// unverified are the frozen cases, and what the last verification found of the database as a whole.
func (a *Alarms) unverified(ctx context.Context) ([]notices.Alarm, error) {
	if a.record == nil {
		return nil, nil
	}
	list, err := a.record.FrozenCases(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for frozen cases: %w", err)
	}
	last, _, err := a.record.LastVerification(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the last verification: %w", err)
	}
	var alarms []notices.Alarm
	for _, f := range list {
		alarms = append(alarms, notices.Alarm{Subject: fmt.Sprint(f.Case),
			Text: fmt.Sprintf("办件 %s 的历史记录校验未通过，已冻结（%s）。请保留数据库现状，"+
				"运行 anju history verify 核查；查明后用 anju history release 解除。", f.Number, f.Found)})
	}
	for _, b := range last.Whole() {
		alarms = append(alarms, notices.Alarm{Subject: b.Why, Text: fmt.Sprintf("历史记录校验发现问题（%s）。请保留数据库现状，与备份核对。", b.Why)})
	}
	return alarms, nil
}

// restored is the hold after a restore.
func (a *Alarms) restored(ctx context.Context) ([]notices.Alarm, error) {
	if a.record == nil {
		return nil, nil
	}
	hold, err := a.record.OpenRestore(ctx)
	if err != nil || hold == nil {
		return nil, err
	}
	return []notices.Alarm{{Text: fmt.Sprintf("数据库比已知的记录少，或无法核对（%s）：可能是从备份恢复，也可能被删改；催办、红牌和消息已暂停。"+
		"请运行 anju restore status 核对，再运行 anju restore confirm。", hold.Cause)}}, nil
}
