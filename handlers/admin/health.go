package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/lookup"
	"anju/handlers/request"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/models/notices"
	"anju/workflow"
)

type healthData struct {
	web.Layout
	Checks []healthLine
}

type healthLine struct {
	Name, Text, Do string
	OK             bool
}

// watchedLines are the clock and the processes. They do not depend on a worker being alive.
func (a *Pages) watchedLines(ctx context.Context, add func(name string, ok bool, text, do string)) error {
	list, err := a.store.Processes(ctx)
	if err != nil {
		return err
	}
	cause, held := "", false
	for _, h := range a.lookup.Held() {
		if h.Hold == workflow.HoldClock {
			cause, held = h.Cause, true
		}
	}
	for _, p := range list {
		if !held && p.Alive() && p.Doubt != "" {
			cause, held = p.Host+": "+p.Doubt, true
		}
	}
	add("时钟", !held, map[bool]string{true: "没有发现问题", false: "可能不准，红牌、催办和文书编号已暂停：" + cause}[!held],
		"核对服务器和数据库所在机器的时钟并校准；确认现在的时间正确的，在服务器上运行 anju clock confirm")
	w := lookup.WorkersOf(list)
	text := lookup.NoWorker(list)
	if w.Alive > 0 {
		text = fmt.Sprintf("%d 个在运行，最后一次报到在 %.0f 秒前", w.Alive, *w.LastBeatSeconds)
	}
	if a.lookup.Full(nil) { // no worker can report then
		add("存储", false, "服务器存储已满：暂不能保存，后台任务也不能报到", "给数据库所在的磁盘腾出空间")
		return nil
	}
	add("后台任务", w.Alive > 0, text, "启动后台任务（anju serve，角色 worker 或 all），并查看它的日志")
	return nil
}

// restoreLine says what waits until a restore is confirmed.
func (a *Pages) restoreLine(ctx context.Context, add func(name string, ok bool, text, do string)) error {
	l, err := a.store.RestoreWaits(ctx)
	if errors.Is(err, workflow.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	add("恢复", false, fmt.Sprintf("数据库比已有的记录旧，停在 %s（%s）。等待确认的有：待发消息 %d 条（其中恢复前已发过 %d 条），未送达各单位的通知 %d 条，"+
		"到期未处理的期限 %d 个，其间已过期限 %d 个", view.NewInstant(l.Ends).Minute(), l.Cause, l.Waiting, l.Told, l.Outbox+l.Unplanned,
		l.Due, len(l.Passed)),
		"在服务器上运行 anju restore status 逐条核对，再运行 anju restore confirm；在此之前不发红牌、催办和消息，其他办理照常")
	return nil
}

// HealthPage says in one screen whether the system is well, and what to do where it is not.
func (a *Pages) HealthPage(c *fiber.Ctx, _ *request.Caller) error {
	ctx := c.UserContext()
	d := healthData{Layout: a.site.Layout(c, "运行状况")}
	add := func(name string, ok bool, text, do string) {
		if ok {
			do = ""
		}
		d.Checks = append(d.Checks, healthLine{name, text, do, ok})
	}
	if b := a.build; b.Version != "" {
		text := b.Version + "，提交 " + cmp.Or(b.Commit, "未知") + "，" + b.Go
		add("程序版本", !b.Dirty, text, "这个程序含有未提交的改动，请换用正式发布的版本")
	}
	err := a.store.Ping(ctx)
	add("数据库", err == nil, map[bool]string{true: "正常应答", false: "不应答"}[err == nil], "检查数据库服务是否在运行、磁盘是否写满")
	if err != nil {
		return a.site.Show(c, 200, "health", d)
	}
	q, err := a.lookup.Queue(ctx)
	if err != nil {
		return err
	}
	if q.Redis != nil {
		add("队列", q.Redis.Answers, map[bool]string{true: web.QueueKind(q.Redis.Kind) + "，正常应答",
			false: q.Redis.Problem}[q.Redis.Answers], "期限由数据库巡检照常处理；请检查 Redis")
	}
	if err := a.watchedLines(ctx, add); err != nil {
		return err
	}
	if err := a.restoreLine(ctx, add); err != nil {
		return err
	}
	late := q.Database.OldestUndelivered != nil &&
		a.svc.Now().Sub(q.Database.OldestUndelivered.Time) > notices.LateAfter
	text := "正常"
	if late {
		text = fmt.Sprintf("有 %d 条通知没有送到各单位，最早的一条已等待 10 分钟以上", q.Database.Undelivered)
	}
	add("通知送达", !late, text, "检查后台任务和队列是否在运行（anju doctor）")
	add("积压", q.Database.DueUnfired == 0, fmt.Sprintf("已到时刻未处理的期限 %d 个，未送达的消息 %d 条", q.Database.DueUnfired,
		q.Database.Undelivered), "看任务队列页，稍等巡检；一直不减请看日志")
	add("失败的任务", q.Database.Failed == 0, fmt.Sprintf("%d 个", q.Database.Failed), "到任务队列页查看原因并重新执行")
	add("消息", q.Database.Undeliverable+q.Database.Unsure == 0,
		fmt.Sprintf("未送达 %d 条，不确定 %d 条", q.Database.Undeliverable, q.Database.Unsure), "到任务队列页核对后重发")
	y, m, _ := a.site.Today().Date()
	covered := func(year int) bool {
		for _, x := range a.svc.County().Calendar.Years() {
			if x.Year == year {
				return true
			}
		}
		return false
	}
	add("今年的日历", covered(y), fmt.Sprintf("%d 年", y), "导入国务院办公厅当年的放假通知，否则期限都是暂定的，不亮红牌")
	add("明年的日历", covered(y+1) || m < 11, map[bool]string{true: fmt.Sprintf("%d 年已导入", y+1),
		false: fmt.Sprintf("%d 年还没有", y+1)}[covered(y+1)], "11 月起请导入明年的放假通知")
	for _, al := range q.Alarms {
		add("告警", false, al.Text, "自 "+al.OpenedAt.Minute()+" 起")
	}
	return a.site.Show(c, 200, "health", d)
}
