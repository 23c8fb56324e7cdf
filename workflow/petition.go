package workflow

import (
	"slices"

	"anju/workflow/glossary"
)

// Kinds of petitions: what people without an account may send about a case.
const (
	ObjectionPetition  = "objection" // against a public notice
	WithdrawalPetition = "withdrawal"
	UrgePetition       = "urge"   // once a step
	RatingPetition     = "rating" // once a step, one to five stars
	ComplaintPetition  = "complaint"
)

// Petition is what a person without an account sends about a case. Case and Kind say about which; Stars belong to a
// rating, and Flagged marks one of very many from one address, taken like any other.
type Petition struct {
	Case              CaseID
	Kind              string
	Name, Phone, Text string
	Stars             int
	Flagged           bool
}

// Answering is the verb of a Refusal of MayAnswer.
const Answering = "answer"

// PetitionRow says who answers a petition of a kind: whom it asks, the highest last. About says that it is about the
// office at whose desk the case lay when it was sent: that office never answers it, and Last, above every office, may.
type PetitionRow struct {
	Kind  string
	By    []glossary.Party
	About bool
	Last  glossary.Party
	// how the history names the sender of one that is entered as a record
	Sender string
	Record func(p Petition, receipt string) (glossary.RecordKind, Form) // the record that it is entered as; nil for none
}

// MayAnswer judges who answers a petition about a case that was in the state then when it was sent. It fails with
// *Refusal: ErrWrongParty with the office that answers, or ErrRecused.
func (ch Chain) MayAnswer(kind string, c Case, then glossary.State, by Actor) error {
	r := &Refusal{Why: ErrWrongParty, State: c.State, Verb: Answering}
	i := slices.IndexFunc(ch.Petitions, func(row PetitionRow) bool { return row.Kind == kind })
	if i < 0 {
		return r
	}
	row := ch.Petitions[i]
	asked := make([]glossary.Party, 0, len(row.By)+1)
	for _, p := range row.By {
		asked = append(asked, ch.Desk(p, c))
	}
	if st, ok := ch.Stage(then); ok && row.About {
		asked = slices.DeleteFunc(asked, func(p glossary.Party) bool { return p == ch.Desk(st.By, c) })
	}
	if row.About {
		asked = append(asked, row.Last)
	}
	r.Party = asked[0]
	switch {
	case !slices.Contains(asked, by.Kind):
		return r
	case Related(c, by):
		r.Why = ErrRecused
		return r
	}
	return nil
}
