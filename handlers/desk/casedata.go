package desk

import (
	"net/url"

	"anju/handlers/problem"
	"anju/handlers/schema"
	"anju/handlers/view"
	"anju/handlers/web"
	"anju/workflow"
)

// actForm is one verb or record of a case as a form.
type actForm struct {
	ID      string // of the form on the page
	Action  string // where it is sent
	Field   string // "verb" or "kind"
	Name    string
	Title   string
	Who     string // the office that acts next, where not the caller's
	Law     string
	To      string
	Open    bool
	Ahead   bool
	Reason  bool
	Reasons []schema.Option // the common ones, to be picked instead of typed
	Typed   string          // the reason as typed
	Blocked []workflow.Unmet
	Fields  []schema.FormField
	Key     string
	Seen    int
	Keep    draftRef
	Link    string // where a link is made by which another signs it on his phone
	Danger  bool   // ends the case against the applicant: said in the colour of the button
	Changes []change
	Confirm string // says that the changes were seen, when it comes back
}

// submission is a form that came back refused, or a draft that was put back (p is nil): what was typed, and its errors.
type submission struct {
	field, name string
	p           *problem.Problem
	form        url.Values
}

func (s *submission) is(f *actForm) bool { return s != nil && s.field == f.Field && s.name == f.Name }

// change is one field of an application that a form would change.
type change struct{ ID, Label, Was, Is string }

type caseData struct {
	web.Layout
	Case      view.Case
	Chain     string
	Steps     []web.StepLine
	People    []schema.Fact
	Frozen    string    // by what finding of the verification; "": it is not
	Key       string    // one-time key of the forms that hand in a scan, followed by the code of the paper
	Draft     bool      // nothing was handed in yet: what was typed is checked first
	Saved     *draftRef // a draft stands in one of the forms
	Petitions []petitionLine
	Cards     []view.Breach // the red cards that are not closed
	Plot      *web.Plot     // the site as a sketch
	Brief     []schema.Fact // the case in five lines: who, where, how big
	Receipt   string        // address of the paper that is printed next
	Slip      bool          // the counter may print the slip with the query code
	Poster    bool          // the public notice can be printed and hung
	Serves    bool          // papers wait for their service, which the caller may enter
	Marks     []string      // what is open beside the stage: an objection, a hearing
	Sheets    []sheetLine   // forms printed from what the case says now
	Back      []schema.Fact // 补录: what was typed in after its papers had come
	Outcome   string
	Office    string
	Left      string // of the limit of the stage
	Untimed   string
	Limit     string
	Lamp      web.Badge
	Together  *actForm  // the signature with the records that it waits for, in one form
	Verbs     []actForm // the caller may take them now
	Waiting   []actForm // the caller's office, but something is missing
	Others    []actForm // another office
	Records   []actForm
	Asides    []actForm // records that nothing waits for, under one disclosure
	AsideOpen bool      // one of them came back refused
	AsideList string    // what they are
	Papers    []paperLine
	Missing   int
	Turn      bool // something on the main line waits for the caller
	Facts     []schema.Fact
	Lines     []timeLine    // the newest
	More      int           // how many there are beside them
	Lost      []schema.Fact // what was typed into a form that the case has outrun
}

// paperLine is a paper that the case needs, with the scan of it.
type paperLine struct {
	view.Material
	Href, File, Size, Problem string
	Kinds                     []schema.Option // of which one serves
	Allowed                   bool
	If                        string // when it is owed at all
}

// sheetLine is a form that a case prints, without a number.
type sheetLine struct{ Href, Form, Title string }
