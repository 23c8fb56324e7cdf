package glossary

// The words of the leave to keep bees.
const (
	BeeStation    Party        = "bee_station"
	BeeBureau     Party        = "bee_bureau"
	BeesAsked     State        = "bees_asked"
	BeesLooking   State        = "bees_looking"
	BeesDecided   State        = "bees_deciding"
	BeesAllowed   State        = "bees_allowed"
	BeesKept      State        = "bees_kept"
	BeesDenied    State        = "bees_denied"
	AskForBees    Verb         = "ask_for_bees"
	ReportHives   Verb         = "report_hives"
	AllowBees     Verb         = "allow_bees"
	DenyBees      Verb         = "deny_bees"
	KeepBees      Verb         = "keep_bees"
	HivesSeenKind RecordKind   = "hives_seen"
	BeeReceipt    DocumentKind = "B01"
	BeeLeave      DocumentKind = "B02"
)

var beeWords = MatterWords{
	Offices: []OfficeKind{{BeeStation, "养蜂管理站", TownshipLevel, []Role{OfficeReviewer}},
		{BeeBureau, "县养蜂局", CountyLevel, []Role{CountyHead}}},
	States: map[State]string{BeesAsked: "养蜂待提交", BeesLooking: "查看蜂箱", BeesDecided: "养蜂审批", BeesAllowed: "已准养蜂",
		BeesKept: "养蜂已归档", BeesDenied: "不准养蜂"},
	Records:   map[RecordKind]string{HivesSeenKind: "蜂箱查看记录"},
	Documents: map[DocumentKind]documentWords{BeeReceipt: {"养蜂申请收件单", "蜂收"}, BeeLeave: {"准予养蜂决定书", "蜂准"}},
}
