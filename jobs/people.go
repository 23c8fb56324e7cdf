package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anju/models/notices"
	"anju/workflow"
	"anju/workflow/calendar"
)

// watchers is what the alarms need of the database.
type watchers interface {
	// Unmanned are the offices that an open case lies in or comes to next, and in which nobody can act on a day.
	Unmanned(ctx context.Context, today calendar.Day) ([]notices.Unmanned, error)
	// SetAlarms opens the alarms of a kind that are not open yet, and closes those that are not given.
	SetAlarms(ctx context.Context, kind string, now []notices.Alarm) (opened, closed int, err error)
	Alarms(ctx context.Context) ([]notices.Alarm, error)
}

// The kinds of alarms.
const (
	AlarmUnmanned   = "unmanned"   // an office without anybody who can act; its subject is the office
	AlarmOutbox     = "outbox"     // what moves have told has not come to the inboxes
	AlarmDeliveries = "deliveries" // messages are late, failed, or may have arrived
	AlarmFailed     = "failed_jobs"
	AlarmCalendar   = "calendar" // a year's notice is missing
	AlarmClock      = "clock"    // the clock is in doubt
	AlarmRecord     = "record"   // the record does not verify
	AlarmRestore    = "restore"  // the database stands before what was done already
)

// alarmLoop looks around at the start, every ten minutes, and when a hold comes or goes.
func (r *Runner) alarmLoop(ctx context.Context) {
	failing := false
	// what waited while nothing ran is given a moment to go
	for wait := min(r.pace.alarm, 30*time.Second); pause(ctx, wait, r.alarmed); wait = r.pace.alarm {
		err := r.lookAround(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			r.log.Error("alarms could not be looked for", "error", err)
		}
		failing = err != nil
	}
}

// lookAround opens the alarms whose cause has come, and closes those whose cause has gone.
func (r *Runner) lookAround(ctx context.Context) error {
	var errs []error
	for _, look := range []struct {
		kind string
		now  func(context.Context) ([]notices.Alarm, error)
	}{{AlarmUnmanned, r.unmanned}, {AlarmOutbox, r.lateOutbox}, {AlarmDeliveries, r.lateDeliveries}, {AlarmFailed, r.givenUp}, {AlarmCalendar, r.missingYears},
		{AlarmClock, r.clockInDoubt}, {AlarmRecord, r.unverified}, {AlarmRestore, r.restored}} {
		found, err := look.now(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		opened, closed, err := r.store.SetAlarms(ctx, look.kind, found)
		if err != nil && !errors.Is(err, workflow.ErrBusy) {
			errs = append(errs, fmt.Errorf("keep the alarms: %w", err))
		}
		if opened > 0 {
			r.log.Warn("alarms were opened", "kind", look.kind, "alarms", opened)
		}
		if closed > 0 {
			r.log.Info("alarms were closed", "kind", look.kind, "alarms", closed)
		}
	}
	return errors.Join(errs...)
}

func (r *Runner) unmanned(ctx context.Context) ([]notices.Alarm, error) {
	list, err := r.store.Unmanned(ctx, calendar.DayOf(r.now()))
	if err != nil {
		return nil, fmt.Errorf("look for offices without anybody: %w", err)
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
func (r *Runner) clockInDoubt(ctx context.Context) ([]notices.Alarm, error) {
	err := r.mayEscalate(ctx)
	var held *workflow.Held
	switch {
	case errors.As(err, &held) && held.Hold == workflow.HoldClock:
		return []notices.Alarm{{Text: "服务器的时钟可能不准，红牌、催办和文书编号已暂停，其他办理照常。请核对服务器的时钟并校准；" +
			"确认现在的时间正确的，请运行 anju clock confirm。"}}, nil
	case isHeld(err):
		return nil, nil
	}
	return nil, err
}

func (r *Runner) lateOutbox(ctx context.Context) ([]notices.Alarm, error) {
	b, err := r.store.Backlog(ctx, r.now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	if b.OldestUndelivered.IsZero() || r.now().Sub(b.OldestUndelivered) <= notices.LateAfter {
		return nil, nil
	}
	return []notices.Alarm{{Text: fmt.Sprintf("有 %d 条办件通知没有送到各单位的待办提醒，最早的一条已等待 10 分钟以上。请检查 Redis 和后台任务是否运行（anju doctor）。", b.Undelivered)}}, nil
}

func (r *Runner) lateDeliveries(ctx context.Context) ([]notices.Alarm, error) {
	b, err := r.store.Backlog(ctx, r.now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	var alarms []notices.Alarm
	for _, a := range []struct {
		n             int
		subject, text string
	}{
		{b.Late, "late", "有 %d 条提醒消息超过 10 分钟没有发出。请检查消息通道的地址和网络。"},
		{b.Unsure, "unsure", "有 %d 条提醒消息发出后没有得到答复，可能已经送达，不会自动重发。请核对后决定是否重发。"},
		{b.Failed, "failed", "有 %d 条提醒消息没有送达。请核对人员的联系方式和消息通道的配置后重发。"},
	} {
		if a.n > 0 {
			alarms = append(alarms, notices.Alarm{Subject: a.subject, Text: fmt.Sprintf(a.text, a.n)})
		}
	}
	return alarms, nil
}

func (r *Runner) givenUp(ctx context.Context) ([]notices.Alarm, error) {
	b, err := r.store.Backlog(ctx, r.now())
	if err != nil {
		return nil, fmt.Errorf("read the backlog: %w", err)
	}
	if b.FailedJobs == 0 {
		return nil, nil
	}
	return []notices.Alarm{{Text: fmt.Sprintf("有 %d 项后台任务多次失败。请查看失败原因，排除后重试。", b.FailedJobs)}}, nil
}

// missingYears are this year, and from 1 November the next, as far as their notices of the State Council are not in the calendar.
func (r *Runner) missingYears(context.Context) ([]notices.Alarm, error) {
	year, month, _ := calendar.DayOf(r.now()).Date()
	years := []int{year}
	if month >= time.November {
		years = append(years, year+1)
	}
	var alarms []notices.Alarm
	for _, y := range years {
		if r.svc.County().Calendar.Covers(calendar.Date(y, time.July, 1)) {
			continue
		}
		alarms = append(alarms, notices.Alarm{Subject: fmt.Sprint(y), Text: fmt.Sprintf("%d 年的放假安排还没有导入。国务院办公厅的通知公布后，请先运行 "+
			"anju calendar import 文件 --dry-run 核对，再去掉 --dry-run 导入。在此之前 %d 年的到期日只按周末推算，标为“暂定”，不发红牌。", y, y)})
	}
	return alarms, nil
}
