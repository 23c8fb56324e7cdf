package workflow

// Purchase is the county's purchase of design and supervision for its villagers (R13–R20): the rules tried it to the end of 2021, so it is
// off until the county names the document that continues it (A28). Money in fen.
type Purchase struct {
	Document   string `json:"document"` // 续行依据文号; "" is off
	Year       int    `json:"year"`
	UnitFen    int64  `json:"unit_fen"`   // for one household and work (R17: 1000 元)
	BudgetFen  int64  `json:"budget_fen"` // of the year (R18)
	Households int    `json:"households"` // of the year (R17: 500)
}

// On tells whether the county buys in a year.
func (p Purchase) On(year int) bool {
	return p.Document != "" && p.Year == year && p.UnitFen > 0 && p.BudgetFen >= p.UnitFen
}
