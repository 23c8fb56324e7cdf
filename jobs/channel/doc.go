// Package channel sends one text to one person over the channel that an office has set up: a short message through the
// operator's gateway, a group robot of WeCom or DingTalk, or a mail.
//
// A notice that may have been delivered is never sent again by itself, and one that certainly was not is never lost. So
// Send has four answers:
//
//   - nil: the other side has taken it;
//   - ErrRefused: it will not take it however often it is asked;
//   - ErrUnsure: the whole of it went out and no answer came, so that a person has to look;
//   - any other error: certainly not delivered, and may be tried again.
//
// No error holds the receiver, a secret or the address with its token, so that it may be logged.
//
// The gateway for short messages is spoken to in a neutral form, which an operator's own is adapted to in some twenty
// lines. Each message is one POST of
//
//	{"out_id": "…", "phone": "13800000000", "sender": "…", "template": "…", "params": {"text": "…"}}
//
// with the headers X-Key, X-Timestamp (seconds since 1970) and X-Signature: the HMAC-SHA256 of the time stamp followed
// by the body, under the secret, in lower-case hex. The gateway compares the signature, refuses a time stamp that is
// minutes off, and answers 2xx for taken, 408, 429 or 5xx for later, any other 4xx for never. It has taken a message
// with an out_id it knows already, and does not send it twice.
package channel
