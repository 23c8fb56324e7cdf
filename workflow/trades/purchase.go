package trades

// Purchase is the county's purchase of design and supervision for its villagers (R13–R20): the rules tried it to the
// end of 2021, so it is off until the county names the document that continues it (A28). Money in fen.
type Purchase struct {
	Document  string `json:"document"` // 续行依据文号; "" is off
	Year      int    `json:"year"`
	DesignFen int64  `json:"design_fen"` // for the design of one household's house
	// for its supervision: both together are R17's price of a household (1000 元)
	SuperviseFen int64 `json:"supervise_fen"`
	BudgetFen    int64 `json:"budget_fen"` // of the year (R18)
	Households   int   `json:"households"` // of the year (R17: 500)
}

// Price is what a work for one household costs, 0 for a work that is not bought (R16).
func (p Purchase) Price(w Work) int64 {
	switch w {
	case Design:
		return p.DesignFen
	case Supervise:
		return p.SuperviseFen
	}
	return 0
}

// On tells whether the county buys in a year.
func (p Purchase) On(year int) bool {
	return p.Document != "" && p.Year == year && p.DesignFen > 0 && p.SuperviseFen > 0 && p.BudgetFen > 0
}
