// Package table proves a chain fit to run, prints it as the table that a lawyer signs, and draws it.
package table
