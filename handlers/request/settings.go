package request

import "net/netip"

// Settings are what the server was told about the place it serves in.
type Settings struct {
	Demo           *Demo          // nil unless the program serves its demo county
	BaseURL        string         // address printed on papers and in links; empty under the demo only: taken from the request
	UploadDir      string         // where scans are kept, content-addressed
	SecureCookies  bool           // set behind TLS: cookies never travel in clear
	Dev            bool           // templates and assets are read from the source folder for every page
	TrustedProxies []netip.Prefix // only these may say from which address a request comes
}
