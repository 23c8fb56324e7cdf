// Package handlers serves Anju's JSON API and HTML pages: the middleware, one table of every route with its access, and
// the wiring of the rooms that answer them.
package handlers
