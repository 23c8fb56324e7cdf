package trades

import (
	"fmt"
	"slices"

	"anju/workflow/calendar"
)

// Work is what a contractor does on a house.
type Work string

var workTitles = map[Work]string{Survey: "勘察", Design: "设计", Build: "施工", Supervise: "监理", Appraise: "鉴定"}

// Title is the one Chinese name of the work.
func (w Work) Title() string { return workTitles[w] }

// ContractorKind is what a contractor is (glossary 1.2).
type ContractorKind string

var contractorTitles = map[ContractorKind]string{ContractorOrg: "承揽单位", ContractorPerson: "承揽个人",
	AppraisalAgency: "鉴定机构"}

// Title is the one Chinese name of the kind.
func (k ContractorKind) Title() string { return contractorTitles[k] }

// Contractor is one entry of the county's register of those who design, build, supervise or appraise houses.
type Contractor struct {
	// unified social credit code of an organisation, certificate number of a person
	Code          string         `json:"code"`
	Kind          ContractorKind `json:"kind"`
	Name          string         `json:"name"`
	Work          []Work         `json:"work"`
	Basis         string         `json:"basis"`         // why it may work (R9, R10): one of ContractorBases
	Qualification string         `json:"qualification"` // class of the qualification, or the certificate
	From          calendar.Day   `json:"from"`
	To            calendar.Day   `json:"to,omitempty"`     // last day of the qualification; 0: no end
	Struck        string         `json:"struck,omitempty"` // why it was struck from the register; "": it stands
}

// ContractorBases are the grounds on which each kind may be registered (R9, R10, A27), with their Chinese names.
var ContractorBases = map[ContractorKind]map[string]string{
	ContractorOrg: {"qualified_unit": "有资质的勘察、设计、施工、监理单位", "rural_cooperative": "农房建设专业合作社",
		"rural_company":  "农房建设公司、监理公司",
		"labour_company": "建设类劳务公司"},
	ContractorPerson: {"registered_professional": "注册执业人员", "technician": "中级以上职称技术人员", "rural_craftsman": "经培训合格的农村建筑工匠"},
	AppraisalAgency:  {"appraisal_unit": "房屋安全鉴定机构"},
}

// Refuses tells in one Chinese sentence why the contractor may not do a work on a day, "" where it may.
func (c Contractor) Refuses(w Work, on calendar.Day) string {
	switch {
	case c.Struck != "":
		return fmt.Sprintf("%s已从名录中除名（%s）", c.Name, c.Struck)
	case !slices.Contains(c.Work, w):
		return fmt.Sprintf("%s登记的业务中没有%s", c.Name, w.Title())
	case on < c.From || c.To != 0 && on > c.To:
		return fmt.Sprintf("%s的资质不在有效期内", c.Name)
	}
	return ""
}

// The kinds of work (R9, R10, A27).
const (
	Survey    Work = "survey"
	Design    Work = "design"
	Build     Work = "build"
	Supervise Work = "supervise"
	Appraise  Work = "appraise"
)

// The kinds of contractor.
const (
	ContractorOrg    ContractorKind = "contractor_org"    // 承揽单位 (R9)
	ContractorPerson ContractorKind = "contractor_person" // 承揽个人 (R10): designs and supervises, never builds (A18)
	AppraisalAgency  ContractorKind = "appraisal_agency"  // 鉴定机构 (A27)
)
