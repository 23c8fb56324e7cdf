package glossary

// Mark is an instant of a case that limits count from.
type Mark string

// The marks of a case.
const (
	Received Mark = "received" // township has the papers: L05 counts from here (A8)
	Accepted Mark = "accepted" // 受理日: L06 and L08 count from here; backdated when deemed (A8)
	Noticed  Mark = "noticed"  // 公示张贴: L02 counts from here (A4)
	Decided  Mark = "decided"
	// 规划许可决定: the county bureau has decided inside the county-town planning area (R60); it decides once
	PlanningDecided Mark = "planning_decided"
	Pushed          Mark = "pushed"     // the township has the registration: L18 counts from here
	DueStated       Mark = "due_stated" // the day by which something is due, as the notice states it (A25, R104)
	BeginBy         Mark = "begin_by"   // the day by which building must begin (Building Law Art. 9)
	// a returned case begins its way through the group anew: older records count no more
	Restarted         Mark = "restarted"
	ObjectionAnswered Mark = "objection_answered" // set by the finding on an objection
	GradeGeneral      Mark = "grade_general"      // of a graded hazard; the later of the two counts
	GradeMajor        Mark = "grade_major"
)

var markTitles = map[Mark]string{Received: "收件日", Accepted: "受理日", Noticed: "公示张贴日", Decided: "决定日", PlanningDecided: "规划许可决定日", Pushed: "推送日",
	DueStated: "载明的期限", BeginBy: "开工期限", Restarted: "重新开始，此前的登记不再作数", ObjectionAnswered: "异议答复", GradeGeneral: "一般隐患",
	GradeMajor: "重大隐患"}

// Title is the mark's one Chinese name.
func (m Mark) Title() string { return markTitles[m] }
