// Package delivery carries what moves and rungs tell: from the outbox to the inboxes of the offices, and from there by
// message to their officers.
//
// What a move tells lies in the outbox until it is delivered: the row says so, in the transaction that writes the
// notices of the offices. A task in Redis is only the quick way there; what was sent and has not come back within a
// minute is delivered from the database, and so is what rungs and imports tell, by the thousand. From there notices go
// on to officers: planned, put into digests, sent over the channels of their office, and marked as being sent before
// they are. A message that may or may not have arrived is shown to an administrator and never sent again by itself.
package delivery
