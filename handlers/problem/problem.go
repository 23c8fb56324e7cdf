package problem

import (
	"fmt"
	"net/http"

	"anju/handlers/view"
	"anju/workflow"
)

// Problem is every refusal as a client reads it (RFC 9457): one clear Chinese sentence, the fields with their rules,
// and on a lost race the case as it stands.
type Problem struct {
	Type   string                `json:"type" doc:"固定为 about:blank 或问题的种类"`
	Title  string                `json:"title" doc:"问题的名称"`
	Status int                   `json:"status" doc:"HTTP 状态码"`
	Detail string                `json:"detail" doc:"给人看的一句话：什么不行、怎么办"`
	Errors []workflow.FieldError `json:"errors" doc:"每个不成立的字段或条件"`
	Case   *view.Case            `json:"case,omitempty" doc:"办件的当前状态（仅 409）"`

	Retry int  `json:"-"` // seconds after which to try again; 0: not said
	doubt bool // what was sent may be done, so no page says that it is not
}

// InDoubt tells whether what was sent may be done all the same.
func (p *Problem) InDoubt() bool { return p.doubt }

func inDoubt(p *Problem) *Problem { p.doubt = true; return p }

// Error implements error for huma; it is what people read, never an inner error.
func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}}
	if p.Retry > 0 {
		h.Set("Retry-After", fmt.Sprint(p.Retry))
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

func waiting(p *Problem, seconds int) *Problem { p.Retry = seconds; return p }

func titled(p *Problem, title string) *Problem { p.Title = title; return p }

// New returns a refusal with a status, a sentence and the fields in question.
func New(status int, detail string, fields ...workflow.FieldError) *Problem {
	title := titles[status]
	if title == "" {
		title = http.StatusText(status)
	}
	if fields == nil {
		fields = []workflow.FieldError{}
	}
	return &Problem{Type: "about:blank", Title: title, Status: status, Detail: detail, Errors: fields}
}
