package main

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestAnybodyIsShownHowToTrustTheRoot(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	block, rest := pem.Decode([]byte(s.want(exitDone, "trust", "--pem").out))
	if block == nil || len(rest) > 0 {
		t.Fatalf("%q is left", rest)
	}
	root, err := x509.ParseCertificate(block.Bytes)
	s.must(err)
	if !root.IsCA || len(root.PermittedDNSDomains) != 1 {
		t.Errorf("it is a root for %q", root.PermittedDNSDomains)
	}
	sum := sha256.Sum256(root.Raw)
	shown := s.want(exitDone, "trust").out
	for _, part := range []string{pairs(hex.EncodeToString(sum[:])), root.Subject.CommonName, "longhouse trust --pem > longhouse-root.pem", "update-ca-certificates", "Firefox"} {
		if !strings.Contains(shown, part) {
			t.Errorf("%q is not in\n%s", part, shown)
		}
	}
	var told client.TLSAuthorityOutBody
	s.must(json.Unmarshal([]byte(s.want(exitDone, "trust", "--json").out), &told))
	if told.Fingerprint != hex.EncodeToString(sum[:]) {
		t.Errorf("%+v", told)
	}
}

func TestPairs(t *testing.T) {
	t.Parallel()
	if got := pairs("0aff10"); got != "0A:FF:10" {
		t.Error(got)
	}
}
