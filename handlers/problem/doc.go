// Package problem turns a kind of error into a status and a Chinese sentence. It is the one place that does.
package problem
