// Package audit serves the board of time limits, the stages behind its numbers and the register of breaches.
package audit
