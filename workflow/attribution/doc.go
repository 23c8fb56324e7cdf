// Package attribution says which party the time of a case belongs to, and what other limits would have meant for it.
package attribution
