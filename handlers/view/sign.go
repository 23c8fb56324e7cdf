package view

// SignLinkJSON is a link made for a signature.
type SignLinkJSON struct {
	URL       string `json:"url" doc:"发给签字人的一次性链接"`
	Kind      string `json:"kind"`
	Title     string `json:"title"`
	ExpiresAt string `json:"expires_at"`
}
