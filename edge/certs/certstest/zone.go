package certstest

import (
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"
)

// Zone is a DNS server for which every name is on this machine, and that takes updates of text records which its key signs.
type Zone struct {
	Address string
	KeyFile string

	mu      sync.Mutex
	texts   map[string][]string
	updates int
	missing map[string]bool
}

const zoneKey = "edge-key."

func newZone(t testing.TB) *Zone {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	must(t, err)
	z := &Zone{Address: l.Addr().String(), KeyFile: filepath.Join(t.TempDir(), "key"), texts: map[string][]string{}, missing: map[string]bool{}}
	secret := base64.StdEncoding.EncodeToString([]byte("a secret of thirty-two bytes....."))
	must(t, os.WriteFile(z.KeyFile, fmt.Appendf(nil, "key %q {\n\talgorithm hmac-sha256;\n\tsecret %q;\n};\n", strings.TrimSuffix(zoneKey, "."), secret), 0o600))
	server := &dns.Server{Listener: l, Handler: dns.HandlerFunc(z.answer), TsigSecret: map[string]string{zoneKey: secret},
		MsgAcceptFunc: func(dns.Header) dns.MsgAcceptAction { return dns.MsgAccept }}
	done := make(chan struct{})
	go func() { _ = server.ActivateAndServe(); close(done) }()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return z
}

// Texts returns the text records of a name.
func (z *Zone) Texts(name string) []string {
	z.mu.Lock()
	defer z.mu.Unlock()
	return slices.Clone(z.texts[dns.CanonicalName(name)])
}

// Remove makes it know no such name.
func (z *Zone) Remove(name string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.missing[dns.CanonicalName(name)] = true
}

// Updates returns how many updates it took.
func (z *Zone) Updates() int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.updates
}

func (z *Zone) answer(w dns.ResponseWriter, asked *dns.Msg) {
	z.mu.Lock()
	defer z.mu.Unlock()
	answer := new(dns.Msg).SetReply(asked)
	name := dns.CanonicalName(asked.Question[0].Name)
	switch header := (dns.RR_Header{Name: asked.Question[0].Name, Class: dns.ClassINET, Rrtype: asked.Question[0].Qtype}); {
	case asked.Opcode == dns.OpcodeUpdate:
		z.update(w, asked, answer)
	case z.missing[name]:
		answer.Rcode = dns.RcodeNameError
	case header.Rrtype == dns.TypeA:
		answer.Answer = []dns.RR{&dns.A{Hdr: header, A: net.IPv4(127, 0, 0, 1)}}
	case header.Rrtype == dns.TypeTXT:
		for _, text := range z.texts[name] {
			answer.Answer = append(answer.Answer, &dns.TXT{Hdr: header, Txt: []string{text}})
		}
	}
	_ = w.WriteMsg(answer) // the asker has left
}

func (z *Zone) update(w dns.ResponseWriter, asked, answer *dns.Msg) {
	if asked.IsTsig() == nil || w.TsigStatus() != nil {
		answer.Rcode = dns.RcodeNotAuth
		return
	}
	answer.SetTsig(zoneKey, dns.HmacSHA256, 300, int64(asked.IsTsig().TimeSigned))
	for _, r := range asked.Ns {
		txt, ok := r.(*dns.TXT)
		if !ok {
			answer.Rcode = dns.RcodeRefused
			return
		}
		name := dns.CanonicalName(txt.Hdr.Name)
		z.texts[name] = slices.DeleteFunc(z.texts[name], func(text string) bool { return text == txt.Txt[0] })
		if txt.Hdr.Class == dns.ClassINET {
			z.texts[name] = append(z.texts[name], txt.Txt[0])
		}
	}
	z.updates++
}
