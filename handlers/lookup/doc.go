// Package lookup answers the questions that pages and API share: it reads their filters, asks the store and builds
// views.
package lookup
