package edge

import (
	"net/netip"
	"sync"
)

const (
	// addressPart and sitePart say how much of what is free a client may have: it holds less than one address's fourth, and
	// its site less than half. Alone, an address comes to a fifth of all places and a site to a third; the more they are, the less
	// each, so that who holds nothing yet finds a place until there are as many clients as places.
	addressPart = 4
	sitePart    = 2
	// addressBits is what one subscriber has whole of IPv6, siteBits what one site has at most (RFC 6177).
	addressBits = 64
	siteBits    = 48
)

// shares divides places among clients, so that no few of them can take all. A client is its address; that of an IPv6
// client is its /64, and its site the /48 around that.
type shares struct {
	total, each int // places in all, and the most that one address may hold

	mu    sync.Mutex
	taken int
	held  map[netip.Prefix]int
}

func newShares(total, each int) *shares { return &shares{total: total, each: each} }

// enter takes a place for the client, or says why there is none for it.
func (s *shares) enter(client netip.Addr) decision {
	address, site := networks(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	free := s.total - s.taken
	switch {
	case free <= 0:
		return deny(crowded)
	case s.held[address] >= s.each, s.held[address]*addressPart >= free, site.IsValid() && s.held[site]*sitePart >= free:
		return deny(greedy)
	}
	if s.held == nil {
		s.held = map[netip.Prefix]int{}
	}
	s.taken++
	s.held[address]++
	if site.IsValid() {
		s.held[site]++
	}
	return pass
}

// enterForAll takes a place that counts as no client's.
func (s *shares) enterForAll() decision {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.taken >= s.total {
		return deny(crowded)
	}
	s.taken++
	return pass
}

func (s *shares) leaveForAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
}

func (s *shares) leave(client netip.Addr) {
	address, site := networks(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken--
	s.release(address)
	if site.IsValid() {
		s.release(site)
	}
}

func (s *shares) release(network netip.Prefix) {
	if s.held[network]--; s.held[network] == 0 {
		delete(s.held, network)
	}
}

func (s *shares) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.taken
}

// networks returns what a client is counted by. Its address is the zero prefix for what is no address; all of those are
// one client. Only IPv6 has sites.
func networks(client netip.Addr) (address, site netip.Prefix) {
	client = client.WithZone("")
	if !client.Is6() {
		address, _ = client.Prefix(client.BitLen())
		return address, netip.Prefix{}
	}
	address, _ = client.Prefix(addressBits)
	site, _ = client.Prefix(siteBits)
	return address, site
}
