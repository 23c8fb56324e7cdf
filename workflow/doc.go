// Package workflow is the engine of Anju, pure: stages, conditions, effects, limits, and the judgement of one move on
// one case. It reads no clock, writes nothing and knows no matter of the county: its chains stand in package chains,
// its forms in package forms, its limits and articles in package law, and the words of its offices, states, verbs and
// papers in package glossary. Package casework takes moves under the lock of a store, package table proves and prints a
// chain.
//
// # How to read a chain
//
// A chain is a table with types: one file per matter, one function returning one literal, stages in the order the law
// walks them. A row of a stage says who must act, within which limit and under which article; a row of an action says
// where it leads, what it needs (conditions, each with its rule), what it does (effects), what it issues and whom it
// tells. What leaves the state alone is a record. `anju chain show ID` prints the same rows for a lawyer to sign, and
// chains/testdata keeps them as goldens.
//
// Rule numbers R1…R126, readings A1…A38 and limits L01…L24 are those of the rule list to which the county regulation
// 稷政办发〔2021〕23号 was read.
package workflow
