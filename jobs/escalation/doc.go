// Package escalation takes the steps of the ladder of overdue deadlines.
//
// Deadlines are rows of the database; asynq only wakes. A rung is scheduled in Redis for its instant, and the handler
// that wakes asks the service to escalate, which looks at the row under its lock. So Redis may be slow, stopped or
// emptied: nothing is lost, and nothing is done twice, since the guarded row lets each rung of each generation fire
// once. What Redis forgets, two others find:
//
//   - the Sweeper reads the rungs that are due from the database every few seconds and takes them itself, without Redis
//     and five hundred to a transaction, so that a hundred thousand of one instant need no queue;
//   - the Waker keeps the next 24 hours of the database scheduled: at the start, after a move, when Redis comes back
//     empty, and when the clock was moved.
//
// Instants are compared with the injected clock only.
package escalation
