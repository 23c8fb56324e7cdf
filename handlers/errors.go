package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
	"github.com/gofiber/fiber/v2"

	"anju/handlers/scan"
	"anju/handlers/sheet"
	"anju/models"
	"anju/workflow"
	"anju/workflow/calendar"
)

// problem is every refusal as a client reads it (RFC 9457): one clear Chinese sentence, the fields with their rules, and on
// a lost race the case as it stands.
type problem struct {
	Type   string                `json:"type" doc:"固定为 about:blank 或问题的种类"`
	Title  string                `json:"title" doc:"问题的名称"`
	Status int                   `json:"status" doc:"HTTP 状态码"`
	Detail string                `json:"detail" doc:"给人看的一句话：什么不行、怎么办"`
	Errors []workflow.FieldError `json:"errors" doc:"每个不成立的字段或条件"`
	Case   *caseJSON             `json:"case,omitempty" doc:"办件的当前状态（仅 409）"`

	retry int  // seconds after which to try again; 0: not said
	doubt bool // what was sent may be done, so no page says that it is not
}

// InDoubt tells whether what was sent may be done all the same.
func (p *problem) InDoubt() bool { return p.doubt }

func inDoubt(p *problem) *problem { p.doubt = true; return p }

// Error implements error for huma; it is what people read, never an inner error.
func (p *problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *problem) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}}
	if p.retry > 0 {
		h.Set("Retry-After", fmt.Sprint(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	return h
}

var titles = map[int]string{
	400: "请求无法读取", 401: "请先登录", 403: "无权办理", 404: "未找到", 405: "不支持的操作", 408: "请求超时", 409: "办件已变化",
	410: "链接已失效", 413: "内容过大", 415: "格式不支持", 422: "内容不成立", 429: "尝试过多", 500: "服务器未能完成", 503: "暂时不可用", 507: "存储已满",
}

func waiting(p *problem, seconds int) *problem { p.retry = seconds; return p }

func titled(p *problem, title string) *problem { p.Title = title; return p }

func refuse(status int, detail string, fields ...workflow.FieldError) *problem {
	title := titles[status]
	if title == "" {
		title = http.StatusText(status)
	}
	if fields == nil {
		fields = []workflow.FieldError{}
	}
	return &problem{Type: "about:blank", Title: title, Status: status, Detail: detail, Errors: fields}
}

var (
	errNoCaller   = refuse(401, "尚未登录或登录已失效，请重新登录")
	errForged     = titled(refuse(403, "页面已过期，请刷新后重试"), "页面已过期")
	errNoAdmin    = refuse(403, "当前角色无此权限，请由系统管理员（离岗登记也可由本人或本单位负责人）办理")
	errNoHandler  = refuse(403, "当前角色无此权限，办件由业务岗位办理")
	errSecond     = refuse(403, "这一项要由另一位管理员确认，提出的人和账号本人不能自己确认")
	errRecused    = refuse(403, "申请人与您有利害关系，请回避，由他人办理")
	errNoKey      = refuse(400, "缺少 Idempotency-Key 请求头，请为每次提交生成一个不重复的值（如 UUID），重试时沿用同一个值")
	errBadID      = refuse(400, "编号格式不正确，请核对地址中的编号")
	errPiecesGone = refuse(404, "这次上传已经过期，请重新选择文件")
	errNoPage     = refuse(404, "没有这个地址，请从首页进入")
	errKeyReused  = refuse(422, "这个 Idempotency-Key 已用于另一次提交，请换一个新的值", workflow.FieldError{Field: "Idempotency-Key", Message: "已用于另一次提交，请换一个新的值"})
	errFormSent   = refuse(409, "这张表已经提交过一次，内容和这次的不同；请查看办件的最新状态，还要改的在上面重新填写")
	errPacked     = refuse(415, "不接受压缩的内容（Content-Encoding），请直接提交原文")
	errMedia      = refuse(415, "内容格式不支持，请用 Content-Type: application/json 提交 JSON")
	errBadKey     = refuse(400, "Idempotency-Key 应为 1 至 128 个可见的英文字符（如 UUID），请换一个值", workflow.FieldError{Field: "Idempotency-Key", Message: "应为 1 至 128 个可见的英文字符"})
	errTooLarge   = refuse(413, "提交的内容过大，请删减后重试；扫描件单个文件不超过20MB，请用200dpi灰度扫描")
)

// failed answers an error of no known kind: what was sent may be done.
func failed() *problem {
	return inDoubt(refuse(500, "服务器未能完成这次操作。如果刚才在提交，结果未知，请先查看是否已经办成，再决定是否重试；仍不行请联系县管理员"))
}

// answer turns an error into what is answered: the one place where kinds of error become status codes and sentences. An
// error of no known kind is logged here, once, and answered without a word of its own.
func (a *app) answer(ctx context.Context, err error, w where) *problem {
	var p *problem
	var inv *workflow.Invalid
	var ref *workflow.Refusal
	var web *fiber.Error
	var held *workflow.Held
	err = models.Classify(err) // what was read row by row has no kind yet
	switch {
	case errors.Is(err, errKeyReused) && !forPrograms(w.path):
		return errFormSent
	case errors.As(err, &p):
		return p
	case errors.As(err, &inv):
		return refuse(422, invalidDetail(inv), inv.Fields...)
	case errors.Is(err, errEncoding):
		return refuse(400, "文字编码不正确，请用 UTF-8 编码提交")
	case errors.Is(err, errSyntax):
		return refuse(400, "内容不是有效的 JSON，请检查括号、引号和逗号")
	case errors.Is(err, workflow.ErrNotFound):
		return refuse(404, "未找到该办件")
	case errors.Is(err, workflow.ErrNoChain):
		return refuse(404, "没有这个事项，请从事项列表中选择")
	case errors.As(err, &ref):
		return a.refusal(ctx, ref, w)
	case errors.Is(err, workflow.ErrRecused):
		return errRecused
	case errors.Is(err, scan.ErrBusy):
		return errPicturesBusy
	case errors.As(err, &held):
		a.log.WarnContext(ctx, "held", slog.String("path", w.path), slog.Any("error", err))
		return heldProblem(held)
	case errors.Is(err, sheet.ErrTooManyRows):
		return refuse(422, "数据超过一张工作表的容量，请缩小查询范围后再导出，或改用 CSV")
	case errors.Is(err, sheet.ErrCellTooLong):
		return refuse(422, "有内容超过一个单元格的容量，请改用 CSV 导出")
	case errors.Is(err, models.ErrOutcomeUnknown):
		a.log.ErrorContext(ctx, "outcome unknown", slog.String("path", w.path), slog.Any("error", err))
		p = inDoubt(refuse(503, "结果未知，请勿重复提交，稍后在办件中查看"))
		p.retry = 5
		return p
	case errors.Is(err, workflow.ErrBusy):
		return a.busy(ctx, err, w)
	case errors.Is(err, models.ErrTooMany):
		p = refuse(429, "登录失败次数过多，请 15 分钟后再试")
		p.retry = 15 * 60
		return p
	case errors.Is(err, models.ErrSpent):
		return refuse(401, "一次性密码已用过或已过 72 小时，请联系安全管理员重新重置")
	case errors.Is(err, models.ErrSamePerson):
		return errSecond
	case errors.Is(err, models.ErrBadLogin):
		return refuse(401, "账号或密码不正确，请核对后重试")
	case errors.Is(err, models.ErrNoScope):
		return refuse(403, "您的账号没有对应的辖区，不能查看办件，请联系县管理员核对账号的单位")
	case errors.Is(err, models.ErrFull):
		a.log.ErrorContext(ctx, "the disk is full", slog.String("path", w.path), slog.Any("error", err))
		return refuse(507, "服务器存储已满，暂不能保存，请联系县管理员")
	case errors.As(err, &web):
		return webError(web)
	}
	a.log.ErrorContext(ctx, "request failed", slog.String("path", w.path), slog.Any("error", err))
	if errors.Is(err, models.ErrUnavailable) {
		p = refuse(503, "系统正在恢复，请稍候重试")
		p.retry = 5
		return p
	}
	return failed()
}

// busy answers a lock that was not had in time: another holds the case, the number series, or something else. A request that
// only reads waited for a whole table.
func (a *app) busy(ctx context.Context, err error, w where) *problem {
	if w.reads {
		a.log.WarnContext(ctx, "a table is held", slog.String("path", w.path), slog.Any("error", err))
		p := refuse(503, "数据库正忙，请稍后再试")
		p.retry = 5
		return p
	}
	p := refuse(409, "要改的内容正被另一项办理占用，请稍后再试")
	switch {
	case errors.Is(err, models.ErrNumberBusy):
		p = refuse(409, "编号正被另一项办理占用，请稍后再试")
	case errors.Is(err, models.ErrCaseBusy):
		p = refuse(409, "该件正在被他人处理，请稍后再试")
		_, p.Case = a.present(ctx, w)
	}
	p.retry = 2
	return p
}

// heldProblem says what a hold forbids and who ends it.
func heldProblem(h *workflow.Held) *problem {
	switch h.Hold {
	case workflow.HoldRecord:
		return refuse(409, "该件的历史记录没有通过校验，已冻结，不能办理；请联系县管理员核查")
	case workflow.HoldRestore:
		return refuse(503, "数据库比已知的记录少，或无法核对，等待管理员确认，这一步暂不能办理，没有保存；请联系县管理员")
	}
	p := refuse(503, "服务器的时钟可能不准，暂不能出具带编号和日期的文书，没有保存；请联系县管理员核对时钟后再办理")
	p.retry = 60
	return p
}

// holdText tells the people who work with the program what is held, and who ends it; "" for a hold of one case.
func holdText(h workflow.Hold) string {
	switch h {
	case workflow.HoldClock:
		return "服务器的时钟可能不准：暂不能新开办件、出具带编号和日期的文书，也不发催办和红牌，其他办理照常。请联系县管理员核对时钟。"
	case workflow.HoldRestore:
		return "数据库比已知的记录少，或无法核对：可能是从备份恢复，也可能被删改。等待管理员确认，其间催办、红牌和消息暂停发送。"
	}
	return ""
}

// where is what an answer may need of the request beside the error.
type where struct {
	path  string
	id    workflow.CaseID
	by    workflow.OfficerID // 0: without a session
	reads bool               // it changes nothing
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

// refusal answers a judgement: another office 403, a lost race 409 with the present case, unmet conditions 422.
func (a *app) refusal(ctx context.Context, r *workflow.Refusal, w where) *problem {
	switch {
	case errors.Is(r.Why, workflow.ErrRecused):
		return errRecused
	case errors.Is(r.Why, workflow.ErrWrongParty):
		switch r.Verb {
		case ruling:
			return refuse(403, "红牌由县效能审核员裁定，其他岗位可以查看，不能裁定")
		case counting:
			return refuse(403, "时限统计由乡镇和县级单位查看，本单位的办件请在待办和办件查询中查看")
		}
		who := r.Party.Title()
		if w.by != 0 && w.id != 0 {
			if v, err := a.svc.View(ctx, w.id, w.by); err == nil {
				who = a.officeName(ctx, r.Party, v.Case)
			}
		}
		if r.Verb == workflow.Answering {
			return refuse(403, "这一件由"+who+"答复，被反映的单位和其他单位可以查看，不能答复")
		}
		if r.Verb == explaining {
			return refuse(403, "超期说明由责任单位"+who+"提交，其他单位不能代为说明")
		}
		return refuse(403, fmt.Sprintf("“%s”环节的这一步由%s有权人员办理，请等待其办理", r.State.Title(), who))
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
		return refuse(422, fmt.Sprintf("有 %d 项条件未满足：%s", len(fields), strings.Join(says, "；")), fields...)
	case errors.Is(r.Why, workflow.ErrNotOpen):
		v, c := a.present(ctx, w)
		switch r.Verb {
		case explaining:
			p := refuse(409, "该红牌已经裁定或销号，不能再提交说明，请查看最新状态")
			p.Case = c
			return p
		case ruling:
			p := refuse(409, "该红牌已经销号，不能再裁定，请查看最新状态")
			p.Case = c
			return p
		}
		p := refuse(409, fmt.Sprintf("当前环节是“%s”，不能执行“%s”，请查看办件的最新状态", r.State.Title(), actionTitle(v.Chain, r.Verb)))
		p.Case = c
		return p
	case errors.Is(r.Why, workflow.ErrStale):
		p := refuse(409, "办件在您打开页面之后已有变化，请查看最新状态后再办理")
		v, c := a.present(ctx, w)
		if last := a.lastLine(ctx, v.Chain, w); last != "" {
			p.Detail = last + "，请查看最新状态后再办理"
		}
		p.Case = c
		return p
	}
	return refuse(409, "办件的状态不允许这样办理，请查看最新状态")
}

// What is asked of the register and the statistics, as a refusal names it.
const explaining, ruling, counting = "explain", "rule", "summary"

// lastLine says who did what last, so that the loser of a race knows what happened.
func (a *app) lastLine(ctx context.Context, ch workflow.Chain, w where) string {
	if w.by == 0 || w.id == 0 {
		return ""
	}
	lines, err := a.store.History(ctx, w.by, w.id)
	if err != nil || len(lines) == 0 {
		return ""
	}
	l := lines[len(lines)-1]
	who := l.OfficerName
	if who == "" {
		who = workflow.BySystem.Name
	}
	return fmt.Sprintf("%s已于%s办理“%s”", who, l.At.In(calendar.Shanghai).Format("1月2日15:04"), ch.LineTitle(l.From, l.Verb, l.Rung))
}

// present is the case as the caller sees it now; zero and nil when it cannot be had.
func (a *app) present(ctx context.Context, w where) (workflow.View, *caseJSON) {
	if w.by == 0 || w.id == 0 {
		return workflow.View{}, nil
	}
	v, err := a.svc.View(ctx, w.id, w.by)
	if err != nil {
		return workflow.View{}, nil
	}
	c, err := a.caseOf(ctx, v)
	if err != nil {
		return v, nil
	}
	return v, &c
}

func webError(e *fiber.Error) *problem {
	switch e.Code {
	case http.StatusNotFound:
		return errNoPage
	case http.StatusMethodNotAllowed:
		return refuse(405, "这个地址不支持该操作，请核对请求方法")
	case http.StatusRequestEntityTooLarge:
		return errTooLarge
	case http.StatusRequestTimeout:
		return refuse(408, "提交用时过长，请检查网络后重试")
	case http.StatusUnsupportedMediaType:
		return refuse(415, "内容格式不支持，请按说明提交")
	}
	if e.Code >= 500 {
		return refuse(e.Code, "服务器未能完成这次操作，请稍后重试")
	}
	return refuse(400, "请求无法读取，请核对后重试")
}

// actionTitle is the Chinese name of a verb or a record kind that is not open in the stage: as the chain names it elsewhere.
func actionTitle(ch workflow.Chain, verb string) string {
	for _, st := range ch.Stages {
		if ac, ok := st.Action(workflow.Verb(verb)); ok {
			return ac.Title
		}
	}
	return ch.LineTitle("", verb, "")
}

// fromHuma is huma's own refusals (query parameters, methods) in the one form of this package.
func fromHuma(status int, _ string, errs ...error) huma.StatusError {
	var p *problem
	fields := []workflow.FieldError{}
	for _, err := range errs {
		if errors.As(err, &p) {
			return p
		}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			e := d.ErrorDetail()
			field := e.Location
			if _, name, ok := strings.Cut(field, "."); ok {
				field = name
			}
			fields = append(fields, workflow.FieldError{Field: field, Message: paramMessage(field, e.Message)})
		}
	}
	switch {
	case len(fields) > 0:
		return refuse(status, fields[0].Message, fields...)
	case status >= 500:
		return refuse(status, "服务器未能完成这次操作，请稍后重试")
	}
	return refuse(status, "请求不成立，请核对后重试")
}

// oneOf begins what huma says of a value outside a list.
var oneOf, _, _ = strings.Cut(validation.MsgExpectedOneOf, `"`)

func paramMessage(field, message string) string {
	switch {
	case strings.Contains(message, "unknown query parameter"):
		return fmt.Sprintf("没有“%s”这个查询参数，请核对", shown(field))
	case strings.HasPrefix(message, oneOf):
		return field + " 只能是 " + strings.ReplaceAll(strings.Trim(message[len(oneOf):], ` "`), ", ", "、") + " 之一"
	case field == "page":
		return "page 应为不小于 1 的整数，例如 1"
	case field == "per_page":
		return "per_page 应为 1 至 200 的整数，例如 50"
	}
	return fmt.Sprintf("参数“%s”不正确，请核对后重试", shown(field))
}

func shanghai(t time.Time) string {
	return t.In(calendar.Shanghai).Format("2006-01-02T15:04:05.999999Z07:00")
}
