package view

// Material is a paper that a case needs.
type Material struct {
	Code     string `json:"code"`
	Name     string `json:"name"`
	Required bool   `json:"required"`
	Present  bool   `json:"present"`
	Source   string `json:"source,omitempty" doc:"材料所在的办件编号"`
}
