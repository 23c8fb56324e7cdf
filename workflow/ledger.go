package workflow

import "anju/workflow/calendar"

// Running finds the suspension that a notice number names, or the only one that runs.
func (c Case) Running(number string) (int, *FieldError) {
	found, n := -1, 0
	for i, s := range c.File.Suspensions {
		if s.Open && (number == "" || s.Number == number) {
			found, n = i, n+1
		}
	}
	switch {
	case n == 1:
		return found, nil
	case n > 1:
		return -1, &FieldError{"notice_number", "有多项暂停正在进行，请填写要结束的告知书文号", "R49"}
	}
	return -1, &FieldError{"notice_number", "没有这一文号的、正在进行的暂停，请核对告知书文号", "R49"}
}

// CurrentSuspension tells whether the clock stands, and under which notice.
func CurrentSuspension(c Case) (Suspension, bool) {
	for _, s := range c.File.Suspensions {
		if s.Open {
			return s, true
		}
	}
	return Suspension{}, false
}

// PausesSince are the pauses of the ledger that a count from a day meets.
func (f File) PausesSince(from calendar.Day) []calendar.Pause {
	var all []calendar.Pause
	for _, s := range f.Suspensions {
		if s.Open || s.To > from {
			all = append(all, s.Pause())
		}
	}
	return calendar.MergePauses(all)
}
