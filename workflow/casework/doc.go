// Package casework takes moves and records on cases: locked, judged by the engine and written, or nothing. What it
// needs of a database it declares as Store, which package models provides.
package casework
