package glossary

import "slices"

// MatterWords are what a matter adds to the glossary: the kinds of office, states, records and papers that no other
// matter has. What the published matters share stands in the tables of the package.
type MatterWords struct {
	Offices   []OfficeKind
	States    map[State]string
	Records   map[RecordKind]string
	Documents map[DocumentKind]documentWords
}

// OfficeKind is a kind of office that a matter adds.
type OfficeKind struct {
	Kind  Party
	Title string
	Level Level
	Posts []Role
}

// matters lists the words of the matters that have a file of their own in this package.
var matters = []MatterWords{}

// withMatters returns a table with the rows that the matters add to it. It panics on a word that stands in the table:
// two matters would share it without knowing.
func withMatters[K ~string, V any](table map[K]V, rows func(MatterWords) map[K]V) map[K]V {
	for _, m := range matters {
		for word, row := range rows(m) {
			if _, taken := table[word]; taken {
				panic("glossary: " + string(word) + " stands in a table already")
			}
			table[word] = row
		}
	}
	return table
}

// Added lists the kinds of office that matters add, in the order of matters.
func Added() (kinds []OfficeKind) {
	for _, m := range matters {
		kinds = slices.Concat(kinds, m.Offices)
	}
	return kinds
}

// officeRows returns one column of the kinds of office of a matter.
func officeRows[V any](m MatterWords, column func(OfficeKind) V) map[Party]V {
	rows := map[Party]V{}
	for _, o := range m.Offices {
		rows[o.Kind] = column(o)
	}
	return rows
}
