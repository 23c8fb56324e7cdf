// Package forms prints the official papers, F01 to F43, F48, F49 and the list of what to bring, as PDF, each from
// one HTML layout under layouts/.
//
// A layout is the body of a page: tables in the order of the county's printed form, filled through the methods of
// sheet. It reads fields by the names of the form list (householder.name, proposed.boundary.east,
// opinions.township.head). What the case holds is given those names by gather; Data.Fields adds or replaces any of
// them, which is how a paper of a chain gets what the system does not keep. FieldsOf lists the names that a form reads,
// and testdata/fields.md all of them.
//
// A field that is not there leaves a place to write in, so the empty form for the pen is the same layout without
// fields. Pages carry a subset of font/anju-serif.ttf. A character that the font cannot draw would print as nothing; a
// paper with one is refused with a GlyphError that names field and character.
package forms
