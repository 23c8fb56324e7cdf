package models

// Tag is a short code for a text that only this county's program can make: links and codes that are given to people without an account.
func (s *Store) Tag(purpose, text string) string { return s.db.keys.Tag(purpose, text) }

// Tagged tells whether a tag was made for the text.
func (s *Store) Tagged(purpose, text, tag string) bool { return s.db.keys.Tagged(purpose, text, tag) }
