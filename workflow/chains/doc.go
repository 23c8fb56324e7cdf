// Package chains holds the matters of the county, each as a table of rows, with the conditions and effects that the
// rows name. The rows are written in the words of packages workflow and glossary, which it imports by dot for that
// reason.
package chains
