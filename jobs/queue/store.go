package queue

// Store is what the queue calls of the database; each part declares its own.
type Store interface {
	failedJobStore
	redriveStore
}
