// Package admin serves the pages of the three administrators.
package admin
