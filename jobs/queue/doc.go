// Package queue holds the tasks that go through Redis, the client and the asynq server that run them, and the tasks
// that failed for good. Deadlines and the outbox are rows of the database; a queue that is slow, stopped or emptied
// loses nothing. Tasks hold identifiers only.
//
// One client serves a plain server, sentinels, a cluster, and the Redis embedded in this process. Redis knows nothing
// but the machine's clock: a rung due in two hours of the injected clock is scheduled two hours from now.
package queue
