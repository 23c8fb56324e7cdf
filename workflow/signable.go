package workflow

import "anju/workflow/glossary"

// Signable tells whether a record of the kind may be signed through a link in the case's present stage, and which
// office takes it.
func (ch Chain) Signable(c Case, k glossary.RecordKind) (RecordRow, bool) {
	st, _ := ch.Stage(c.State)
	row, ok := ch.RecordRow(st, k)
	if !ok {
		return row, false
	}
	return row, row.ByLink
}

// SignedAt is the office that calls those who sign a record through links.
func (ch Chain) SignedAt(k glossary.RecordKind) glossary.Party {
	for _, st := range ch.Stages {
		for _, r := range st.Records {
			if r.Kind == k && r.ByLink {
				return r.By[0]
			}
		}
	}
	return ""
}
