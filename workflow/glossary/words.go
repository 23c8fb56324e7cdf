package glossary

// Identifiers of the glossary.
type (
	// State says where the file lies.
	State string
	// Verb says what the officer does.
	Verb string
)

// Title is the state's one Chinese name.
func (s State) Title() string {
	if t, ok := stateTitles[s]; ok {
		return t
	}
	return string(s)
}

// RecordKind names a record (glossary section 2).
type RecordKind string

// Title is the record kind's one Chinese name.
func (k RecordKind) Title() string {
	if t, ok := recordTitles[k]; ok {
		return t
	}
	return string(k)
}
