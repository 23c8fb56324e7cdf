// Package account serves an officer's own account: login and logout, the password, contact and absences.
package account
