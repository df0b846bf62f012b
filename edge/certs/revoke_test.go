package certs

import (
	"crypto/ecdsa"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const hostA = "a.longhouse.localhost"

// freshKey waits until an edge serves another certificate than the one before, which has another key.
func freshKey(t *testing.T, r *rig, e *Certs, before *x509.Certificate) *x509.Certificate {
	t.Helper()
	var leaf *x509.Certificate
	eventually(t, "another certificate", func() bool {
		c, err := e.For(t.Context(), hello(), hostA)
		if err != nil {
			return false
		}
		leaf = c.Leaf
		return !leaf.Equal(before)
	})
	if leaf.PublicKey.(*ecdsa.PublicKey).Equal(before.PublicKey) {
		t.Error("the new certificate has the key of the revoked one")
	}
	return leaf
}

func TestARevokedCertificateIsUsedByNoEdge(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.start()
	one, dir := r.certs, r.config.Dir
	first, err := r.get(hostA)
	must(t, err)
	stays, err := r.get("b.longhouse.localhost")
	must(t, err)
	r.config.Dir = filepath.Join(t.TempDir(), "other")
	r.start()
	_, err = r.get(hostA)
	must(t, err)
	r.signer.Revoke(hostA, "local", fingerprint(first.Raw), "keyCompromise")
	a, b := freshKey(t, r, one, first), freshKey(t, r, r.certs, first)
	if !a.Equal(b) {
		t.Error("the edges had two issued")
	}
	eventually(t, "it is written down", func() bool { return r.signer.Revoked()[0].Certificate == "" })
	for _, dir := range []string{dir, r.config.Dir} {
		text, err := os.ReadFile(filepath.Join(dir, "certificates/local", hostA, hostA+".crt"))
		if err == nil && strings.Contains(string(text), string(pemOf(first))) {
			t.Errorf("%s has the revoked one: %v", dir, err)
		}
	}
	if again, err := one.For(t.Context(), hello(), "b.longhouse.localhost"); err != nil || !again.Leaf.Equal(stays) {
		t.Errorf("another host's is another one: %v", err)
	}
	if said := r.logs.String(); !strings.Contains(said, "was revoked, and is not used any more") || !strings.Contains(said, "reason=keyCompromise") {
		t.Errorf("the log says:\n%s", said)
	}
}

// An edge that was off while a certificate was revoked has it on its disk.
func TestAnEdgeThatComesBackUsesNoRevokedCertificate(t *testing.T) {
	t.Parallel()
	r := setup(t)
	first, err := r.get(hostA)
	must(t, err)
	r.stop()
	r.signer.Revoke(hostA, "local", fingerprint(first.Raw), "superseded")
	r.start()
	freshKey(t, r, r.certs, first)
}

func TestTheIssuerIsToldOfARevocation(t *testing.T) {
	t.Parallel()
	r := newACMERig(t, plainOnly, 90*24*3600)
	r.serve()
	await(t, func() error { _, err := r.get(hostA); return err })
	first, err := r.get(hostA)
	must(t, err)
	issuer := issuerName(r.certs.magic.Issuers[0])
	r.signer.Revoke(hostA, issuer, fingerprint(first.Raw), "keyCompromise")
	eventually(t, "the issuer has heard of it", func() bool { return r.signer.Revoked()[0].Certificate == "" })
	if reason, revoked := r.acme.IsRevoked(first); !revoked || reason != 1 {
		t.Errorf("revoked: %t, reason %d", revoked, reason)
	}
	fresh := freshKey(t, r.rig, r.certs, first)
	if _, revoked := r.acme.IsRevoked(fresh); revoked {
		t.Error("the new one is revoked too")
	}
	r.signer.Revoke(hostA, issuer, fingerprint(first.Raw), "keyCompromise") // once more: it has heard of that
	eventually(t, "that is a success", func() bool { return len(r.signer.Revoked()) == 2 })
}
