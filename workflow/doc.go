// Package workflow is the law of Anju, pure: chains of stages, conditions with their rule numbers,
// statutory limits, and the judgement of one move on one case. It reads no clock, writes nothing and
// imports only the standard library and the state machine; what it needs is declared here as a small
// interface (Store) and provided by package models.
//
// # How to read a chain
//
// A chain is a table with types: one file per matter (chain_homestead.go, chain_planning_permit.go),
// one function returning one literal, stages in the order the law walks them. A row of a stage says
// who must act, within which limit and under which article; a row of an action says where it leads,
// what it needs (conditions, each with its rule), what it issues and whom it tells. What leaves the
// state alone is a record. `anju chain show ID` prints the same rows for a lawyer to sign, and
// testdata/chains keeps them as goldens.
//
// Rule numbers R1…R126, readings A1…A38 and limits L01…L23 are those of the rule list to which the
// county regulation 稷政办发〔2021〕23号 was read; regulation.go is their register.
package workflow
