// Package request knows who asks and how: session, access, forgery token, one-time key, paging, proxies and the limits
// of a message.
package request
