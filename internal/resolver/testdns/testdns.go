// Package testdns is a name server for tests, asked over UDP and TCP as any. It is part of no program.
package testdns

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Server answers with what a test has put into it.
type Server struct {
	Address string // host:port
	t       testing.TB

	mu      sync.Mutex
	records map[string][]dns.RR
	broken  bool
	hangs   map[string]bool
	asked   map[string]int
}

// New starts one that knows of no name.
func New(t testing.TB) *Server {
	t.Helper()
	s := &Server{t: t, records: map[string][]dns.RR{}, asked: map[string]int{}, hangs: map[string]bool{}}
	var stream net.Listener
	packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	for err == nil && stream == nil { // the same port for both
		s.Address = packets.LocalAddr().String()
		if stream, err = new(net.ListenConfig).Listen(t.Context(), "tcp", s.Address); err != nil {
			_ = packets.Close()
			packets, err = new(net.ListenConfig).ListenPacket(t.Context(), "udp", "127.0.0.1:0")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for network, server := range map[string]*dns.Server{"udp": {PacketConn: packets}, "tcp": {Listener: stream}} {
		server.Handler = dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { s.answer(w, q, network) })
		done := make(chan struct{})
		go func() { _ = server.ActivateAndServe(); close(done) }()
		t.Cleanup(func() { _ = packets.Close(); _ = stream.Close(); <-done })
	}
	return s
}

// Set has a name answer with these records, in the form of zone files without the name, as in "TXT hello"; none: there is no such name.
func (s *Server) Set(name string, records ...string) {
	s.t.Helper()
	list := []dns.RR{}
	for _, text := range records {
		record, err := dns.NewRR(dns.Fqdn(name) + " 60 IN " + text)
		if err != nil {
			s.t.Fatal(err)
		}
		list = append(list, record)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records[dns.Fqdn(strings.ToLower(name))] = list
}

// Break has it answer SERVFAIL, or mends it.
func (s *Server) Break(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

// Hang has it say nothing to who asks for a name.
func (s *Server) Hang(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hangs[dns.Fqdn(strings.ToLower(name))] = true
}

// Asked is how often it was asked by a network.
func (s *Server) Asked(network string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[network]
}

func (s *Server) answer(w dns.ResponseWriter, asked *dns.Msg, network string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[network]++
	answer := new(dns.Msg).SetReply(asked)
	question := asked.Question[0]
	name := strings.ToLower(question.Name)
	if s.hangs[name] {
		return
	}
	switch list, known := s.records[name]; {
	case s.broken:
		answer.Rcode = dns.RcodeServerFailure
	case !known || len(list) == 0:
		answer.Rcode = dns.RcodeNameError
	default:
		answer.Answer = s.follow(name, question.Qtype, 8)
	}
	if size := asked.IsEdns0(); network == "udp" && size != nil {
		answer.Truncate(int(size.UDPSize()))
	}
	_ = w.WriteMsg(answer) // the asker has left
}

// follow does what resolvers do: it goes from alias to alias, and gives them along.
func (s *Server) follow(name string, kind uint16, most int) (found []dns.RR) {
	for _, record := range s.records[name] {
		if record.Header().Rrtype == kind {
			found = append(found, record)
			continue
		}
		if alias, ok := record.(*dns.CNAME); ok && most > 0 {
			found = append(append(found, alias), s.follow(strings.ToLower(alias.Target), kind, most-1)...)
		}
	}
	return found
}
