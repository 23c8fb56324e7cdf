// Package serving is the law of service (送达): which papers are served, what begins with the day of service, and how it
// is proved (F34).
package serving
