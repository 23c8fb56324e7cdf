package workflow

import "slices"

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

// answerers are who answers a petition, by its kind: whom it asks. About says that it is about the office at whose desk the case lay
// when it was sent: that office never answers it, and the county government, above every office, may.
var answerers = map[string]struct {
	By    []Party
	About bool
}{
	ObjectionPetition:  {By: Parties(GroupCollective)}, // which looks into it (R36)
	WithdrawalPetition: {By: Parties(Applicant)},       // the counter of the matter, which enters it
	UrgePetition:       {By: Parties(ServiceCenter, SupervisionOffice), About: true},
	RatingPetition:     {By: Parties(SupervisionOffice), About: true},
	ComplaintPetition:  {By: Parties(SupervisionOffice), About: true},
}

// MayAnswer judges who answers a petition about a case that was in the state then when it was sent. It fails with *Refusal:
// ErrWrongParty with the office that answers, or ErrRecused.
func (ch Chain) MayAnswer(kind string, c Case, then State, by Actor) error {
	row := answerers[kind]
	asked := make([]Party, 0, len(row.By))
	for _, p := range row.By {
		asked = append(asked, p.Desk(c))
	}
	if st, ok := ch.Stage(then); ok && row.About {
		asked = slices.DeleteFunc(asked, func(p Party) bool { return p == st.By.Desk(c) })
	}
	asked = append(asked, CountyGovernment) // above every office, and the last to be asked
	r := &Refusal{Why: ErrWrongParty, State: c.State, Verb: Answering, Party: asked[0]}
	switch {
	case !slices.Contains(asked, by.Kind) || by.Kind == CountyGovernment && !row.About:
		return r
	case related(c, by):
		r.Why = ErrRecused
		return r
	}
	return nil
}
