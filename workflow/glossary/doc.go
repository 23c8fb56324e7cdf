// Package glossary holds the words of the chains: offices and roles, states, verbs, records, marks and papers, each
// with its one Chinese name.
package glossary
