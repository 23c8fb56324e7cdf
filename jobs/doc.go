// Package jobs does what nobody clicks: it takes the steps of the ladder of a late deadline, hands what a move left in the
// outbox to the offices it tells, and tells their people by message.
//
// Deadlines are rows of the database; asynq only wakes. A rung is scheduled in Redis for its instant, and the handler that
// wakes asks the service to escalate, which looks at the row under its lock. So Redis may be slow, stopped or emptied:
// nothing is lost, and nothing is done twice, since the guarded row lets each rung of each generation fire once. What
// Redis forgets, two others find:
//
//   - the sweep reads the rungs that are due from the database every few seconds and takes them itself, without Redis and
//     five hundred to a transaction, so that a hundred thousand of one instant need no queue;
//   - the waker keeps the next 24 hours of the database scheduled: at the start, after a move, when Redis comes back
//     empty, and when the clock was moved.
//
// What a move tells lies in the outbox until it is delivered: the row says so, in the transaction that writes the notices of the
// offices. A task in Redis is only the quick way there; what was sent and has not come back within a minute is delivered from
// the database, and so is what rungs and imports tell, by the thousand. From there notices go on to people: planned, put into
// digests, sent over the channels of their office, and marked as being sent before they are. A message of which nobody knows
// whether it arrived is shown to an administrator and never sent again by itself.
//
// Read in this order: runner.go (what runs), tasks.go (what travels through Redis: identifiers only), relay.go and
// notify.go (outbox to inbox), dispatch.go (inbox to people), wake.go and rung.go (a rung by asynq), sweep.go and rests.go
// (rungs without), upkeep.go (what the sweep does beside them), holds.go (when nothing fires), people.go (alarms),
// redrive.go (what was given up), settle.go (the demo clock), broker.go and link.go (one Redis client for a plain server,
// sentinels, a cluster, or the embedded one).
//
// Instants are compared with the injected clock only; Redis knows nothing but the machine's clock, so that a rung due in
// two hours of the injected clock is scheduled two hours from now.
package jobs
