package web

import (
	"net/url"
	"slices"
	"strings"

	"anju/handlers/schema"
	"anju/workflow/glossary"
)

// QueueKind is how the queue runs, in Chinese.
func QueueKind(kind string) string {
	return map[string]string{"embedded": "内置队列", "redis": "Redis", "sentinel": "Redis 哨兵", "cluster": "Redis 集群"}[kind]
}

// PetitionKinds are what a household may send about its case.
var PetitionKinds = map[string]string{"urge": "催一催", "complaint": "投诉", "rating": "评价", "withdrawal": "申请撤回",
	"objection": "公示异议"}

// DayKinds are the words for the kinds of days.
var DayKinds = map[string]string{"working": "工作日", "weekend": "周末", "holiday": "节假日", "makeup": "调休上班日",
	"paused": "暂停计时", "rolled": "末日顺延"}

// Units are the words for the units of limits.
var Units = map[string]string{"working_day": "个工作日", "calendar_day": "日", "month": "个月"}

// Lights are the badges of the lights.
var Lights = map[string]Badge{
	"green": {"●", "正常", "green"}, "yellow": {"▲", "临期", "yellow"}, "red": {"■", "逾期", "red"},
	"grey": {"○", "未计时", "grey"}, "paused": {"‖", "暂停计时", "grey"},
}

// Over is the lamp of what has ended: no clock runs any more.
var Over = Badge{"✓", "已结束", "grey"}

// Badge is a status for people: shape, word and colour, so that none of them must be seen alone.
type Badge struct{ Shape, Word, Class string }

// NewBadge is the badge of a light; a paused clock has its own.
func NewBadge(light string, paused bool) Badge {
	if paused {
		return Lights["paused"]
	}
	return Lights[light]
}

// TaskKinds are the words for the kinds of tasks.
var TaskKinds = map[string]string{"stage": "待办", "opinion": "待出意见", "notice": "提醒", "question": "证照待处理",
	"service": "待送达"}

// reasons are the common grounds of a return, a refusal and a withdrawal: picked with one tap, free text stands beside
// them.
var reasons = map[glossary.Verb][]string{
	glossary.Return:    {"材料不齐全", "四至与现场不符", "面积超过标准", "邻里意见未征求清楚", "不符合村庄规划", "申请资格待核实"},
	glossary.Deny:      {"不符合一户一宅", "面积超过标准", "不符合村庄规划", "占用永久基本农田"},
	glossary.Withdraw:  {"申请户不再建房", "申请户改变建房方案", "申请户补充材料后重报"},
	glossary.Terminate: {"逾期未补正", "申请户不再办理"},
}

// ReasonsFor offers the common reasons of a verb.
func ReasonsFor(v glossary.Verb) []schema.Option {
	list := make([]schema.Option, len(reasons[v]))
	for i, r := range reasons[v] {
		list[i] = schema.Option{Value: r, Label: r, Selected: false}
	}
	return list
}

// Picked marks the reasons that were picked when a form was sent.
func Picked(list []schema.Option, values []string) {
	for i := range list {
		list[i].Selected = slices.Contains(values, list[i].Value)
	}
}

// ReasonOf is the reason of a form: what was picked, then what was typed.
func ReasonOf(form url.Values) string {
	parts := slices.Clone(form["reason_pick"])
	if typed := strings.TrimSpace(form.Get("reason")); typed != "" {
		parts = append(parts, typed)
	}
	return strings.Join(parts, "；")
}

// Openings are what a signed opinion says unless another was written: the words that the officer signs with one tap,
// and may change.
var Openings = map[glossary.Verb]string{
	glossary.SignOpinion: "经审查，情况属实，同意上报。",
	glossary.Approve:     "经审查，符合法定条件和标准，同意。",
}
