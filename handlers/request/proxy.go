package request

import (
	"net"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// Address is the address a request comes from: the peer's, or what trusted proxies say of it, read from the right as
// long as the hop is one of them. Whatever stands further left may be forged, and no other header is believed.
func (a *Gate) Address(c *fiber.Ctx) string {
	ip, ok := peerOf(c.Context().RemoteAddr())
	if !ok {
		return c.Context().RemoteIP().String()
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0 && Contains(a.settings.TrustedProxies, ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if with, e := netip.ParseAddrPort(strings.TrimSpace(hops[i])); e == nil { // some proxies write the port too
			hop, err = with.Addr(), nil
		}
		if err != nil {
			break
		}
		ip = hop.Unmap().WithZone("")
	}
	return ip.String()
}

// peerOf gives the address of a peer without its port and zone; false for what is no TCP address.
func peerOf(a net.Addr) (netip.Addr, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}, false
	}
	ip := t.AddrPort().Addr().Unmap().WithZone("")
	return ip, ip.IsValid()
}

// Contains tells whether an address lies in one of the networks.
func Contains(networks []netip.Prefix, ip netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(ip) {
			return true
		}
	}
	return false
}

// Base is the address of this program as people reach it. Only the demo takes it from the request, which may name any
// host.
func (a *Gate) Base(c *fiber.Ctx) string {
	if a.settings.BaseURL == "" && a.settings.Demo != nil {
		return c.BaseURL()
	}
	return a.settings.BaseURL
}
