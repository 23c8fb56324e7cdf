package law

// Source is one law, rule or reading of the register.
type Source string

// The sources that the chains stand on. County rules are cited by part and item (三3), statutes by article.
const (
	County2021  Source = "稷政办发〔2021〕23号"
	Licensing   Source = "行政许可法"
	CivilCode   Source = "民法典"
	LandLaw     Source = "土地管理法"
	LandRules   Source = "土地管理法实施条例"
	PlanningLaw Source = "城乡规划法"
	Disclosure  Source = "政府信息公开条例"

	ConstructionLaw Source = "建筑法"
	QualityRules    Source = "建设工程质量管理条例"
	ReviewLaw       Source = "行政复议法"
	LitigationLaw   Source = "行政诉讼法"
	CivilProcedure  Source = "民事诉讼法"
	Reading         Source = "读法"
)

// Article is one place of a law, as the register writes it.
type Article struct {
	Law Source
	No  string
}

// Art names an article of the law. Chain.Check refuses one that the register lacks.
func (s Source) Art(no string) Article { return Article{s, no} }

// String writes the article as papers cite it: 三3, or 行政许可法32(四).
func (a Article) String() string {
	if a.Law == County2021 || a.Law == Reading {
		return a.No
	}
	return string(a.Law) + a.No
}
