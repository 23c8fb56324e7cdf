package household

import (
	"fmt"

	"anju/workflow"
)

// Elsewhere is a household other than that which applies, of which an adult of it is a member, with a case of it that
// matters.
type Elsewhere struct {
	Person, Householder string
	Household           workflow.HouseholdID
	Area                workflow.Decimal // as recorded
	Number              string           // of a case about its homestead; "": none
	Running             bool
	Granted             bool // the case took the place of what was recorded
	Held                bool // what was granted is still held
}

// HeldElsewhere says of each of those households what it holds. A grant takes the place of what was recorded, also
// where it was freed since.
func HeldElsewhere(found []Elsewhere) []string {
	var all []string
	replaced := map[workflow.HouseholdID]bool{}
	for _, e := range found {
		replaced[e.Household] = replaced[e.Household] || e.Granted
	}
	recorded := map[string]bool{}
	for _, e := range found {
		who := fmt.Sprintf("%s是%s户（户档 %d）的成员，该户", e.Person, e.Householder, e.Household)
		switch {
		case e.Running:
			all = append(all, who+"的办件 "+e.Number+" 正在办理")
		case e.Held:
			all = append(all, who+"已有宅基地（"+e.Number+"）")
		case e.Area > 0 && !replaced[e.Household] && !recorded[who]:
			recorded[who] = true
			all = append(all, fmt.Sprintf("%s登记有原宅基地 %s㎡", who, e.Area))
		}
	}
	return all
}
