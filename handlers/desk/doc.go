// Package desk serves the pages of those who handle cases.
package desk
