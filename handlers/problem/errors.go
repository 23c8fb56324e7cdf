package problem

import (
	"anju/workflow"
)

// ErrLater says of what was done that its result cannot be shown.
var ErrLater = func() *Problem {
	p := inDoubt(New(503, "已经提交成功，但暂时无法显示结果，请稍后查看"))
	p.Retry = 5
	return p
}()

var errPicturesBusy = waiting(New(503, "正在处理的图片太多，这份材料没有收下，请稍后再传，或减少一次上传的张数"), 30)

// The refusals that several packages share.
var (
	ErrNoCaller   = New(401, "尚未登录或登录已失效，请重新登录")
	ErrForged     = titled(New(403, "页面已过期，请刷新后重试"), "页面已过期")
	ErrNoAdmin    = New(403, "当前角色无此权限，请由系统管理员办理")
	ErrNoKeeper   = New(403, "当前角色无此权限，请由安全管理员办理")
	ErrNoWatcher  = New(403, "当前角色无此权限，请由审计管理员查看")
	ErrNoSteward  = New(403, "当前角色无此权限，请由系统管理员、安全管理员或审计管理员办理")
	ErrNoPlanner  = New(403, "当前角色无此权限，离岗由本人、本单位负责人或系统管理员登记")
	ErrNoHandler  = New(403, "当前角色无此权限，办件由业务岗位办理")
	errSecond     = New(403, "这一项要由另一位管理员确认，提出的人和账号本人不能自己确认")
	errRecused    = New(403, "申请人与您有利害关系，请回避，由他人办理")
	ErrNoKey      = New(400, "缺少 Idempotency-Key 请求头，请为每次提交生成一个不重复的值（如 UUID），重试时沿用同一个值")
	ErrBadID      = New(400, "编号格式不正确，请核对地址中的编号")
	ErrPiecesGone = New(404, "这次上传已经过期，请重新选择文件")
	ErrNoPage     = New(404, "没有这个地址，请从首页进入")
	ErrKeyReused  = New(422, "这个 Idempotency-Key 已用于另一次提交，请换一个新的值",
		workflow.FieldError{Field: "Idempotency-Key", Message: "已用于另一次提交，请换一个新的值"})
	errFormSent = New(409, "这张表已经提交过一次，内容和这次的不同；请查看办件的最新状态，还要改的在上面重新填写")
	ErrPacked   = New(415, "不接受压缩的内容（Content-Encoding），请直接提交原文")
	ErrMedia    = New(415, "内容格式不支持，请用 Content-Type: application/json 提交 JSON")
	ErrBadKey   = New(400, "Idempotency-Key 应为 1 至 128 个可见的英文字符（如 UUID），请换一个值",
		workflow.FieldError{Field: "Idempotency-Key", Message: "应为 1 至 128 个可见的英文字符"})
	ErrTooLarge = New(413, "提交的内容过大，请删减后重试；扫描件单个文件不超过20MB，请用200dpi灰度扫描")
)

// Failed answers an error of no known kind: what was sent may be done.
func Failed() *Problem {
	return inDoubt(New(500, "服务器未能完成这次操作。如果刚才在提交，结果未知，请先查看是否已经办成，再决定是否重试；仍不行请联系县管理员"))
}
