// Package jobs runs Anju's background work: escalating overdue deadlines, relaying the outbox and delivering
// notifications.
//
// A Runner is the running work of one process: a list of services, each of which repeats one function of a package
// below. service.go is the one place where they are started, woken, slowed down after a failure, logged and stopped.
//
//	queue       what goes through Redis, and what failed for good
//	escalation  the steps of the ladder of overdue deadlines, by asynq and without
//	delivery    outbox to inbox, inbox to message
//	channel     one text to one person, by short message, robot or mail
//	printing    the papers of cases; forms lays them out
//	monitor     alarms, and the nightly verification of the record
//	hold        whether anything may be done now
//	retry       when what failed is tried again
//
// A service is woken by what it waits for: the commit that wrote a row of the outbox wakes the relay in the same
// process, what was delivered wakes the planner, what was planned wakes the messenger. Between two nudges it looks by
// itself, for what another process wrote or a crash left behind.
package jobs
