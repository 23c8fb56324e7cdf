// Package view holds what is shown of a case, a deadline, a breach, a notice or a household: one struct a noun, built
// in one place.
package view
