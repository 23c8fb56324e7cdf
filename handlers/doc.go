// Package handlers is the outside of Anju over HTTP: the JSON API under /api/v1 and the server-rendered pages. It parses,
// calls the workflow service or a store once, and answers; it holds no rule of the law and no query.
//
// What people read is chosen by kind in errors.go, in one place; what they send is checked in validate.go against the JSON
// Schema that schema.go makes from the workflow's own forms, so that the published schema and the check cannot differ.
package handlers
