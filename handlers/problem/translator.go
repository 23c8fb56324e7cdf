package problem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/gofiber/fiber/v2"

	"anju/handlers/scan"
	"anju/handlers/schema"
	"anju/handlers/sheet"
	"anju/handlers/view"
	"anju/models/attempts"
	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/lines"
	"anju/workflow/petitions"
)

// ForPrograms tells whether a path belongs to the API, where errors are JSON.
func ForPrograms(path string) bool {
	return strings.HasPrefix(path, "/api/") || path == "/healthz" || path == "/readyz" || path == "/metrics"
}

// ToProblem turns an error into what is answered: the one place where kinds of error become status codes and sentences.
// An error of no known kind is logged here, once, and answered without a word of its own.
func (a *Translator) ToProblem(ctx context.Context, err error, w RequestInfo) *Problem {
	var p *Problem
	var inv *workflow.Invalid
	var ref *workflow.Refusal
	var web *fiber.Error
	var held *workflow.Held
	err = db.TranslateError(err) // what was read row by row has no kind yet
	switch {
	case errors.Is(err, ErrKeyReused) && !ForPrograms(w.Path):
		return errFormSent
	case errors.As(err, &p):
		return p
	case errors.As(err, &inv):
		return New(422, invalidDetail(inv), inv.Fields...)
	case errors.Is(err, schema.ErrEncoding):
		return New(400, "文字编码不正确，请用 UTF-8 编码提交")
	case errors.Is(err, schema.ErrSyntax):
		return New(400, "内容不是有效的 JSON，请检查括号、引号和逗号")
	case errors.Is(err, workflow.ErrNotFound):
		return New(404, "未找到该办件")
	case errors.Is(err, workflow.ErrNoChain):
		return New(404, "没有这个事项，请从事项列表中选择")
	case errors.As(err, &ref):
		return a.Refusal(ctx, ref, w)
	case errors.Is(err, workflow.ErrRecused):
		return errRecused
	case errors.Is(err, scan.ErrBusy):
		return errPicturesBusy
	case errors.As(err, &held):
		a.log.WarnContext(ctx, "held", slog.String("path", w.Path), slog.Any("error", err))
		return heldProblem(held)
	case UnprintedBecause(err) != "":
		return New(409, UnprintedBecause(err))
	case errors.Is(err, sheet.ErrTooManyRows):
		return New(422, "数据超过一张工作表的容量，请缩小查询范围后再导出，或改用 CSV")
	case errors.Is(err, sheet.ErrCellTooLong):
		return New(422, "有内容超过一个单元格的容量，请改用 CSV 导出")
	case errors.Is(err, db.ErrOutcomeUnknown):
		a.log.ErrorContext(ctx, "outcome unknown", slog.String("path", w.Path), slog.Any("error", err))
		p = inDoubt(New(503, "结果未知，请勿重复提交，稍后在办件中查看"))
		p.Retry = 5
		return p
	case errors.Is(err, workflow.ErrBusy):
		return a.busy(ctx, err, w)
	case errors.Is(err, attempts.ErrTooMany):
		p = New(429, "登录失败次数过多，请 15 分钟后再试")
		p.Retry = 15 * 60
		return p
	case errors.Is(err, org.ErrSpent):
		return New(401, "一次性密码已用过或已过 72 小时，请联系安全管理员重新重置")
	case errors.Is(err, org.ErrSamePerson):
		return errSecond
	case errors.Is(err, org.ErrBadLogin):
		return New(401, "账号或密码不正确，请核对后重试")
	case errors.Is(err, org.ErrNoScope):
		return New(403, "您的账号没有对应的辖区，不能查看办件，请联系县管理员核对账号的单位")
	case errors.Is(err, db.ErrFull):
		a.log.ErrorContext(ctx, "the disk is full", slog.String("path", w.Path), slog.Any("error", err))
		return New(507, "服务器存储已满，暂不能保存，请联系县管理员")
	case errors.As(err, &web):
		return webError(web)
	}
	a.log.ErrorContext(ctx, "request failed", slog.String("path", w.Path), slog.Any("error", err))
	if errors.Is(err, db.ErrUnavailable) {
		p = New(503, "系统正在恢复，请稍候重试")
		p.Retry = 5
		return p
	}
	return Failed()
}

// unprinted is the error of a paper with a character that none of its fonts has.
type unprinted interface {
	Sign() (form, field string, sign rune)
}

// UnprintedBecause says in Chinese why a paper cannot be printed now, and what follows; "" for any other error.
func UnprintedBecause(err error) string {
	var u unprinted
	if !errors.As(err, &u) {
		return ""
	}
	form, field, sign := u.Sign()
	return fmt.Sprintf("文书 %s 暂不能打印：字段 %s 中的“%c”（U+%04X）字体里没有。请核对该字；确为用字的，打印空白表手写，盖章后上传扫描件", form, field, sign, sign)
}

// busy answers a lock that was not had in time: another holds the case, the number series, or something else. A request
// that only reads waited for a whole table.
func (a *Translator) busy(ctx context.Context, err error, w RequestInfo) *Problem {
	if w.Reads {
		a.log.WarnContext(ctx, "a table is held", slog.String("path", w.Path), slog.Any("error", err))
		p := New(503, "数据库正忙，请稍后再试")
		p.Retry = 5
		return p
	}
	p := New(409, "要改的内容正被另一项办理占用，请稍后再试")
	switch {
	case errors.Is(err, db.ErrNumberBusy):
		p = New(409, "编号正被另一项办理占用，请稍后再试")
	case errors.Is(err, db.ErrCaseBusy):
		p = New(409, "该件正在被他人处理，请稍后再试")
		_, p.Case = a.present(ctx, w)
	}
	p.Retry = 2
	return p
}

// heldProblem says what a hold forbids and who ends it.
func heldProblem(h *workflow.Held) *Problem {
	switch h.Hold {
	case workflow.HoldRecord:
		return New(409, "该件的历史记录没有通过校验，已冻结，不能办理；请联系县管理员核查")
	case workflow.HoldRestore:
		return New(503, "数据库比已知的记录少，或无法核对，等待管理员确认，这一步暂不能办理，没有保存；请联系县管理员")
	}
	p := New(503, "服务器的时钟可能不准，暂不能出具带编号和日期的文书，没有保存；请联系县管理员核对时钟后再办理")
	p.Retry = 60
	return p
}

// HoldText tells the people who work with the program what is held, and who ends it; "" for a hold of one case.
func HoldText(h workflow.Hold) string {
	switch h {
	case workflow.HoldClock:
		return "服务器的时钟可能不准：暂不能新开办件、出具带编号和日期的文书，也不发催办和红牌，其他办理照常。请联系县管理员核对时钟。"
	case workflow.HoldRestore:
		return "数据库比已知的记录少，或无法核对：可能是从备份恢复，也可能被删改。等待管理员确认，其间催办、红牌和消息暂停发送。"
	}
	return ""
}

// RequestInfo is what an answer may need of the request beside the error.
type RequestInfo struct {
	Path  string
	ID    workflow.CaseID
	By    workflow.OfficerID // 0: without a session
	Reads bool               // it changes nothing
}

func invalidDetail(inv *workflow.Invalid) string {
	switch len(inv.Fields) {
	case 0:
		return "提交的内容不成立，请核对后重试"
	case 1:
		return inv.Fields[0].Message
	}
	return fmt.Sprintf("有 %d 处需要修改：%s 等，请逐项核对", len(inv.Fields), inv.Fields[0].Message)
}

// Refusal answers a judgement: another office 403, a lost race 409 with the present case, unmet conditions 422.
func (a *Translator) Refusal(ctx context.Context, r *workflow.Refusal, w RequestInfo) *Problem {
	switch {
	case errors.Is(r.Why, workflow.ErrRecused):
		return errRecused
	case errors.Is(r.Why, workflow.ErrWrongParty):
		switch r.Verb {
		case ruling:
			return New(403, "红牌由县效能审核员裁定，其他岗位可以查看，不能裁定")
		case Counting:
			return New(403, "时限统计由乡镇和县级单位查看，本单位的办件请在待办和办件查询中查看")
		}
		who := r.Party.Title()
		if w.By != 0 && w.ID != 0 {
			if v, err := a.svc.View(ctx, w.ID, w.By); err == nil {
				who = a.views.OfficeName(ctx, r.Party, v.Case)
			}
		}
		if r.Verb == petitions.Answering {
			return New(403, "这一件由"+who+"答复，被反映的单位和其他单位可以查看，不能答复")
		}
		if r.Verb == explaining {
			return New(403, "超期说明由责任单位"+who+"提交，其他单位不能代为说明")
		}
		return New(403, fmt.Sprintf("“%s”环节的这一步由%s有权人员办理，请等待其办理", r.State.Title(), who))
	case errors.Is(r.Why, workflow.ErrBlocked):
		fields := make([]workflow.FieldError, len(r.Blocked))
		says := make([]string, len(r.Blocked))
		for i, b := range r.Blocked {
			fields[i] = workflow.FieldError{Field: b.Condition, Message: b.Message, Rule: b.Rule}
			says[i] = b.Message
		}
		if len(says) > 3 {
			says = append(says[:3], "……")
		}
		return New(422, fmt.Sprintf("有 %d 项条件未满足：%s", len(fields), strings.Join(says, "；")), fields...)
	case errors.Is(r.Why, workflow.ErrNotOpen):
		v, c := a.present(ctx, w)
		switch r.Verb {
		case explaining:
			p := New(409, "该红牌已经裁定或销号，不能再提交说明，请查看最新状态")
			p.Case = c
			return p
		case ruling:
			p := New(409, "该红牌已经销号，不能再裁定，请查看最新状态")
			p.Case = c
			return p
		}
		p := New(409, fmt.Sprintf("当前环节是“%s”，不能执行“%s”，请查看办件的最新状态", lines.State(v.Chain, r.State), lines.Title(v.Chain, "", r.Verb, "")))
		p.Case = c
		return p
	case errors.Is(r.Why, workflow.ErrStale):
		p := New(409, "办件在您打开页面之后已有变化，请查看最新状态后再办理")
		v, c := a.present(ctx, w)
		if last := a.lastLine(ctx, v); last != "" {
			p.Detail = last + "，请查看最新状态后再办理"
		}
		p.Case = c
		return p
	}
	return New(409, "办件的状态不允许这样办理，请查看最新状态")
}

// What is asked of the register and the statistics, as a refusal names it.
const explaining, ruling = "explain", "rule"

// Counting names the statistics in a refusal.
const Counting = "summary"

// lastLine says who did what last in a case, so that the loser of a race knows what happened.
func (a *Translator) lastLine(ctx context.Context, v workflow.View) string {
	if v.Case.ID == 0 {
		return ""
	}
	all, err := a.store.History(ctx, v.Case)
	if err != nil || len(all) == 0 {
		return ""
	}
	l := all[len(all)-1]
	who := l.OfficerName
	if who == "" {
		who = workflow.BySystem.Name
	}
	return fmt.Sprintf("%s已于%s办理“%s”", who, l.At.In(calendar.Shanghai).Format("1月2日15:04"),
		lines.Title(v.Chain, l.From, l.Verb, l.Rung))
}

// present is the case as the caller sees it now; zero and nil when it cannot be had.
func (a *Translator) present(ctx context.Context, w RequestInfo) (workflow.View, *view.Case) {
	if w.By == 0 || w.ID == 0 {
		return workflow.View{}, nil
	}
	v, err := a.svc.View(ctx, w.ID, w.By)
	if err != nil {
		return workflow.View{}, nil
	}
	c, err := a.views.NewCase(ctx, v)
	if err != nil {
		return v, nil
	}
	return v, &c
}

func webError(e *fiber.Error) *Problem {
	switch e.Code {
	case http.StatusNotFound:
		return ErrNoPage
	case http.StatusMethodNotAllowed:
		return New(405, "这个地址不支持该操作，请核对请求方法")
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusRequestTimeout:
		return New(408, "提交用时过长，请检查网络后重试")
	case http.StatusUnsupportedMediaType:
		return New(415, "内容格式不支持，请按说明提交")
	}
	if e.Code >= 500 {
		return New(e.Code, "服务器未能完成这次操作，请稍后重试")
	}
	return New(400, "请求无法读取，请核对后重试")
}
