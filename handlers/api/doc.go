// Package api describes the operations of the JSON API; the routes table gives each its path and access.
package api
