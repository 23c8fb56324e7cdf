package view

// SignLink is a link made for a signature.
type SignLink struct {
	URL       string  `json:"url" doc:"发给签字人的一次性链接"`
	Kind      string  `json:"kind"`
	Title     string  `json:"title"`
	ExpiresAt Instant `json:"expires_at"`
}
