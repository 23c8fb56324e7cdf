package forms

// BeeApplication asks for the leave to keep bees.
type BeeApplication struct {
	Hives int `json:"hives" doc:"蜂箱数" minimum:"1" maximum:"500" example:"12"`
}

// Example implements workflow.Form.
func (BeeApplication) Example() any { return BeeApplication{Hives: 12} }

// HiveVisit is what the station saw.
type HiveVisit struct {
	Found int `json:"found" doc:"现场蜂箱数" minimum:"0" maximum:"500" example:"12"`
}

// Example implements workflow.Form.
func (HiveVisit) Example() any { return HiveVisit{Found: 12} }
