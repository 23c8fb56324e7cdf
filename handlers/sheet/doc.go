// Package sheet writes a table as CSV or XLSX. Rows are pulled one by one and never held together, so that a
// county's list of a year costs no more memory than a village's of a day.
//
// A table holds text, and says of each column what the text means. In XLSX numbers, dates and times are such, so that
// they can be summed, sorted and filtered, under a format that shows the very text; all else is text: a case number
// keeps its last digits, and =HYPERLINK(...) typed into a remark is shown, not run. Beside the rows a file says what
// was asked, when and by whom, and carries a checksum over what a reader sees, so that a changed cell is found later.
//
// The checksum is SM3 over the lines of the table joined by "\n", header first. A line is a JSON array of strings with
// no spaces, in which only \" \\ \t \n are escaped: what json.dumps(row, ensure_ascii=False, separators=(",", ":"))
// gives in Python. Both formats of one table carry the same checksum. Who recomputes it from a file
//   - takes of a number, date or time the text that its format shows;
//   - fills a short row with empty cells up to the header, since spreadsheets drop the empty end of a row;
//   - takes from a CSV the apostrophe at the head of a cell away (Unquote), and the last block after the empty line.
package sheet
