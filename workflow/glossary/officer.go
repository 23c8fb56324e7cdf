package glossary

// Officer is a person as others name him: by his name, and identified by his account.
type Officer struct {
	ID          int64
	Login, Name string
	Kind        Party  // of his office
	Division    string // of his office
	Person      string // blind index of his ID number, "" when unknown
}
