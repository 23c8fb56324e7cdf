// Package monitor looks for what a person has to see to: it opens and closes the alarms of the county, and verifies the
// record every night.
package monitor
