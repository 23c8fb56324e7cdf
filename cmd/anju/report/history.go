package report

import (
	"fmt"
	"io"

	"anju/models/history"
	"anju/workflow"
)

// VerifiedJSON is the shape that scripts read.
type VerifiedJSON struct {
	Entries  int              `json:"entries"`
	Cases    int              `json:"cases"`
	Verified bool             `json:"verified"`
	Broken   *history.Broken  `json:"broken"`
	Findings []history.Broken `json:"findings"` // the first of each case, and those of no case
	Frozen   []frozenCase     `json:"frozen"`   // cases on which nothing is done now
	Holds    []RestoreHold    `json:"holds"`    // what was missing once, and by which account it was confirmed
}

// RestoreHold is a hold after a restore; one that waits for `anju restore confirm` has no confirmation.
type RestoreHold struct {
	Since       *string `json:"since"`
	Cause       string  `json:"cause"`
	ConfirmedAt *string `json:"confirmed_at"`
	ConfirmedBy string  `json:"confirmed_by"`
}

// RestoreHolds returns the holds of a verification as scripts read them.
func RestoreHolds(v history.Verification) []RestoreHold {
	list := []RestoreHold{}
	for _, h := range v.Holds {
		hold := RestoreHold{Since: Stamp(h.Began), Cause: h.Cause, ConfirmedBy: h.ConfirmedBy}
		if !h.Lasts() {
			hold.ConfirmedAt = Stamp(h.Confirmed)
		}
		list = append(list, hold)
	}
	return list
}

func (h RestoreHold) String() string {
	if h.ConfirmedAt == nil {
		return fmt.Sprintf("held since %s, waits for `anju restore confirm`: %s", *h.Since, h.Cause)
	}
	return fmt.Sprintf("held since %s, confirmed %s by %s: %s", *h.Since, *h.ConfirmedAt, h.ConfirmedBy, h.Cause)
}

type frozenCase struct {
	Case   workflow.CaseID `json:"case"`
	Number string          `json:"number"`
	Found  string          `json:"found"`
	Since  *string         `json:"since"`
}

// NewVerified returns a verification as scripts read it.
func NewVerified(v history.Verification, list []history.Frozen) VerifiedJSON {
	out := VerifiedJSON{v.Entries, v.Cases, v.Broken == nil, v.Broken, v.Findings, []frozenCase{}, RestoreHolds(v)}
	if out.Findings == nil {
		out.Findings = []history.Broken{}
	}
	for _, f := range list {
		out.Frozen = append(out.Frozen, frozenCase{f.Case, f.Number, f.Found, Stamp(f.At)})
	}
	return out
}

// PrintVerification never calls a record whole of which something was missing once.
func PrintVerification(out io.Writer, v history.Verification, list []history.Frozen) {
	switch {
	case v.Broken == nil && len(v.Holds) == 0:
		fmt.Fprintf(out, "历史记录完整：%d 条，%d 件，哈希链逐条复算无误\n", v.Entries, v.Cases)
	case v.Broken == nil:
		fmt.Fprintf(out, "现存历史记录 %d 条，%d 件，哈希链逐条复算无误；数据库曾比已知的记录少或无法核对 %d 次：\n", v.Entries, v.Cases, len(v.Holds))
	}
	for _, b := range v.Findings {
		fmt.Fprintln(out, b.Error())
	}
	for _, f := range list {
		fmt.Fprintf(out, "frozen: case %s since %s (%s)\n", f.Number, *Stamp(f.At), f.Found)
	}
	for _, h := range RestoreHolds(v) {
		fmt.Fprintln(out, h)
	}
}
