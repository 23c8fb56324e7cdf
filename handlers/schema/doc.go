// Package schema makes JSON Schemas of the forms of the workflow, checks what was sent against them, and turns them
// into the fields of a page.
package schema
