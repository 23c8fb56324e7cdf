// Package report prints what commands list: the statistics, the breach register, suppositions, calendars, deadlines and
// verifications, for people as text and for scripts as JSON, CSV or a workbook. It reads from a backend and writes
// nothing to it, and knows no flag.
package report
