package forms

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"testing"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/chains"
	"anju/workflow/forms"
	"anju/workflow/glossary"
)

// at is an instant of the demo case in the county's zone.
func at(month time.Month, day, hour int) time.Time {
	return calendar.Date(2026, month, day).Start().Add(time.Duration(hour) * time.Hour)
}

func raw(t testing.TB, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// demo is a household of the demo county with everything that its case gathered, as the paper of a kind sees it.
func demo(t testing.TB, k glossary.DocumentKind) Data {
	t.Helper()
	chain := chains.Homestead()
	h := forms.Household{Division: "140824100214", GroupNo: "01",
		Householder: forms.Person{Name: "马䶮", Gender: "男", IDNumber: "140824198810099834", Phone: "13800001001",
			Domicile: "稷山县稷峰镇马村第一村民小组"},
		Members: []forms.Member{{Name: "张红霞", Relation: "配偶", IDNumber: "14082419900115982X", Domicile: "稷山县稷峰镇马村第一村民小组"},
			{Name: "马𠅤喆", Relation: "女", IDNumber: "14082420161014990X", Domicile: "稷山县稷峰镇马村第一村民小组"}},
		Current: workflow.CurrentHomestead{HomesteadArea: 11579, BuildingArea: 6708, CertificateNo: "稷集用（1998）第0123号"}}
	a := forms.HomesteadApplication{}.Example().(forms.HomesteadApplication).Application
	rec := func(kind glossary.RecordKind, party glossary.Party, when time.Time, v any) workflow.Record {
		return workflow.Record{Kind: kind, Party: party, At: when, Data: raw(t, v)}
	}
	meeting := forms.MeetingRecord{}.Example().(forms.MeetingRecord)
	meeting.NoticeOn, meeting.HeldOn = calendar.Date(2026, 3, 3), calendar.Date(2026, 3, 6)
	notice := forms.PublicNotice{}.Example().(forms.PublicNotice)
	notice.PostedOn = calendar.Date(2026, 3, 9)
	objection := forms.Objection{Name: "李𬭎", Facts: "认为拟建房屋遮挡北侧通道", Evidence: "照片两张"}
	neighbors := forms.NeighborOpinion{}.Example()
	village := forms.VillageSheet{}.Example()
	site := forms.SiteRecord{}.Example().(forms.SiteRecord)
	site.VisitedOn = calendar.Date(2026, 3, 26)
	joint := forms.JointSheet{}.Example()
	c := workflow.Case{Number: "JS-HP-20260302-0001", Chain: chain.ID, ChainVersion: 1, Householder: "马䶮",
		Division: h.Division, GroupNo: h.GroupNo,
		OpenedAt: at(3, 2, 9), Application: raw(t, a), File: workflow.File{
			Marks: map[glossary.Mark]time.Time{glossary.Received: at(3, 18, 10), glossary.Accepted: at(3, 20, 10),
				glossary.Decided: at(4, 10, 15), glossary.Noticed: at(3, 9, 9)},
			Records: []workflow.Record{rec(glossary.MeetingRecordKind, glossary.GroupCollective, at(3, 6, 18), meeting),
				rec(glossary.PublicNoticeKind, glossary.GroupCollective, at(3, 9, 9), notice),
				rec(glossary.ObjectionKind, glossary.GroupCollective, at(3, 11, 9), objection),
				rec(glossary.NeighborKind, glossary.VillageOrganization, at(3, 17, 9), neighbors),
				rec(glossary.VillageSheetKind, glossary.VillageOrganization, at(3, 17, 10), village),
				rec(glossary.SiteRecordKind, glossary.PlanningOffice, at(3, 26, 11), site),
				rec(glossary.JointSheetKind, glossary.EconomicOffice, at(3, 27, 9), joint),
				rec(glossary.JointSheetKind, glossary.SocialAffairsOffice, at(3, 27, 10), joint),
				rec(glossary.JointSheetKind, glossary.PlanningOffice, at(3, 30, 10), joint),
				rec(glossary.HearingNoticeKind, glossary.TownshipGovernment, at(3, 30, 11), forms.HearingNotice{}.Example()),
				rec(glossary.HearingHeldKind, glossary.TownshipGovernment, at(4, 8, 11), forms.HearingHeld{}.Example())},
			Asked: &workflow.Correction{At: at(3, 19, 10),
				Items: []workflow.CorrectionItem{{MaterialCode: "HP05", Problem: "图纸缺少层高标注", Requirement: "重新提交标注层高的图纸"},
					{MaterialCode: "HP03", Problem: "户口簿复印件缺少马𠅤喆一页", Requirement: "补交该页复印件，并带原件核对"}}},
			Materials: []workflow.Material{{Code: "HP01", At: at(3, 2, 9)}, {Code: "HP02", At: at(3, 2, 9)},
				{Code: "HP03", At: at(3, 20, 9)}, {Code: "HP04", At: at(3, 2, 9)}, {Code: "HP05", At: at(3, 20, 9)}},
			Suspensions: []workflow.Suspension{{Ground: workflow.ByAppraisal, Number: "稷峰政许特〔2026〕1号",
				From: calendar.Date(2026, 3, 31), Open: true, Service: "direct", Recipient: "马䶮", Days: 20, Evidence: "房屋安全鉴定委托书"}},
			Extended: &workflow.Extended{On: calendar.Date(2026, 4, 3), Days: 10, Reason: "需补充地质灾害评估意见"},
			Documents: []workflow.Document{{Kind: glossary.PlanningPermitDoc, Title: "乡村建设规划许可证", Number: "乡字第140824202600001号",
				IssuedAt: at(4, 10, 15)},
				{Kind: glossary.HomesteadCert, Title: "农村宅基地批准书", Number: "农宅字1408241002026001号", IssuedAt: at(4, 10, 15)}},
		}}
	return Data{Chain: chain, Case: c, Household: h, Township: "稷峰镇", Village: "马村", Group: "第一村民小组", Office: "稷峰镇人民政府",
		Signer: "韩立平",
		Document: workflow.Document{Kind: k, Number: numbers[k], Title: TitleOf(k), Issuer: issuers[k],
			IssuedAt: at(4, 10, 16)},
		Verify: "https://anju.example.gov.cn/verify/1408241002026001-7KQF"}
}

var numbers = map[glossary.DocumentKind]string{"F04": "乡字第140824202600001号", "F05": "农宅字1408241002026001号",
	"F12": "140824202606150101", "F08": "开登14082410020260012",
	"F14": "稷峰政许收〔2026〕11号", "F15": "稷峰政许受〔2026〕12号", "F16": "稷峰政许补〔2026〕3号", "F17": "稷峰政许不受〔2026〕1号",
	"F18": "稷峰政许特〔2026〕1号",
	"F19": "稷峰政许准〔2026〕2号", "F20": "稷峰政许不〔2026〕1号", "F28": "稷峰政许备〔2026〕5号", "F29": "稷峰政责停〔2026〕3号", "F30": "稷峰政移〔2026〕1号",
	"F31": "稷峰政经改〔2026〕1号",
	"F34": "稷峰政送〔2026〕8号", "F36": "稷峰政许听〔2026〕1号",
	"F38": "稷峰政登不〔2026〕1号", "F39": "稷峰政验改〔2026〕2号", "F48": "稷峰政解停〔2026〕1号", "F49": "稷峰政停用〔2026〕1号"}

var issuers = map[glossary.DocumentKind]string{"F12": "稷山县行政审批服务管理局", "F13": "稷山县行政审批服务管理局", "F11": "稷山县行政审批服务管理局",
	"F37": "稷山县行政审批服务管理局"}

// ring is a red seal picture, and stroke a signature.
func ring(t testing.TB) []byte {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, 420, 420))
	for y := range 420 {
		for x := range 420 {
			r := (x-210)*(x-210) + (y-210)*(y-210)
			if r < 205*205 && r > 190*190 || r < 50*50 {
				im.Set(x, y, color.NRGBA{R: 214, A: 230})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func stroke(t testing.TB) []byte {
	t.Helper()
	im := image.NewNRGBA(image.Rect(0, 0, 600, 200))
	for x := range 600 {
		for w := range 8 {
			im.Set(x, 100+w+(x%120-60)*((x/120)%2*2-1), color.NRGBA{B: 80, A: 255})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opinion(text, head, date string) map[string]any {
	return map[string]any{"opinion": text, "head": head, "date": date}
}

func with(base, more map[string]any) map[string]any {
	for k, v := range more {
		base[k] = v
	}
	return base
}

// A form that is sent may have a field of the name under which a paper shows what the program knows: the matter of a
// notice of hearing is not the matter of the case.
func TestWhatWasTypedTakesNoNameOfTheProgram(t *testing.T) {
	d := demo(t, glossary.HearingRightDoc)
	d.Said = map[string]any{"matter": "拟批准建房", "title": "别的标题", "holder": "别人", "reason": "说明"}
	f, err := gather(d)
	if err != nil {
		t.Fatal(err)
	}
	if f["matter"] != d.Chain.Title || f["title"] != d.Document.Title || f["holder"] != d.Household.Householder.Name ||
		f["reason"] != "说明" {
		t.Errorf("matter %v, title %v, holder %v, reason %v", f["matter"], f["title"], f["holder"], f["reason"])
	}
}
