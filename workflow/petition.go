package workflow

import "anju/workflow/glossary"

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

// PetitionRow says who answers a petition of a kind: whom it asks, the highest last. About says that it is about the
// office that had the case when it was sent: that office never answers it, and Last, above every office, may.
type PetitionRow struct {
	Kind   string
	By     []glossary.Party
	About  bool
	Last   glossary.Party
	Sender string                                                       // the sender, as the history names them
	Record func(p Petition, receipt string) (glossary.RecordKind, Form) // the record that it is entered as; nil for none
}
