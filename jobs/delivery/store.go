package delivery

// Store is what delivery calls of the database; each part declares its own.
type Store interface {
	outboxStore
	inboxStore
	noticeStore
	deliveryStore
}
