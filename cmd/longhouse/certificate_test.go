package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

func TestACertificateIsVerifiedWithoutAServer(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.api = "http://127.0.0.1:1"
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public := base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))
	signed, err := certificate.Certificate{Format: certificate.Format, Workspace: certificate.Subject{ID: "ws_1"},
		Removed: []certificate.Removed{{Kind: "database", Name: "ws_engines", Observed: "not there"}}}.Sign(key)
	s.must(err)
	file := filepath.Join(t.TempDir(), "certificate")
	s.must(os.WriteFile(file, []byte(signed+"\n"), 0o600))
	verb := []string{"workspaces", "verify-certificate", "--file", file, "--public-key"}
	if r := s.want(exitDone, append(verb, public)...); !strings.Contains(r.out, "ws_engines") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitRefused, append(verb, base64.StdEncoding.EncodeToString(make([]byte, 32)))...); !strings.Contains(r.err, "is refused") {
		t.Errorf("%s", r.err)
	}
	s.want(exitUsage, append(verb, "nonsense")...)
	s.want(exitUsage, "workspaces", "verify-certificate", "--public-key", public)
	s.want(exitUsage, "workspaces", "verify-certificate", "--file", file+".not", "--public-key", public)
}

func TestTheCertificateOfAWorkspaceThatIsNotDeletedIsRefused(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitRefused, "workspaces", "certificate", "engines")
	s.want(exitRefused, "workspaces", "certificate", "nobody")
	if r := s.want(exitDone, "workspaces", "certificate-key"); len(strings.TrimSpace(r.out)) != 44 {
		t.Errorf("%q", r.out)
	}
}
