package glossary

import "maps"

// MatterWords are what a matter adds to the glossary: the kinds of office, states, records and papers that no other matter
// has. A file of this package adds them as it is initialised, with var _ = add(MatterWords{...}); what the published matters
// share stands in the tables of the package.
type MatterWords struct {
	Offices   []OfficeKind
	States    map[State]string
	Records   map[RecordKind]string
	Documents map[DocumentKind]NumberedPaper
}

// NumberedPaper is a paper that a matter adds. Mark stands in its number between the township and the year.
type NumberedPaper struct{ Title, Mark string }

// add puts the words of a matter into the tables and returns them. It panics on a word that stands in a table: two
// matters would share it without knowing.
func add(w MatterWords) MatterWords {
	for _, o := range w.Offices {
		unused(partyTitles, o.Kind)
		partyTitles[o.Kind], posts[o.Kind] = o.Title, o.Posts
		added = append(added, o)
	}
	for s := range w.States {
		unused(stateTitles, s)
	}
	for k := range w.Records {
		unused(recordTitles, k)
	}
	maps.Copy(stateTitles, w.States)
	maps.Copy(recordTitles, w.Records)
	for k, p := range w.Documents {
		unused(documents, k)
		documents[k] = documentWords{p.Title, p.Mark}
	}
	return w
}

func unused[K ~string, V any](table map[K]V, word K) {
	if _, taken := table[word]; taken {
		panic("glossary: " + string(word) + " stands in a table already")
	}
}
