// Package public serves the pages for those without an account: progress, notices, petitions, guidance, verification
// and signing by link.
package public
