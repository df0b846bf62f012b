package controlplane

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/certmagic"

	"github.com/longhouse-dev/longhouse/edge/certs"
	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestEdgesShareWhatCertmagicNeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	token := filepath.Join(t.TempDir(), "token")
	b.must(os.WriteFile(token, []byte(edgeToken), 0o600))
	certstest.Storage(t, func(*testing.T) certmagic.Storage { return certs.NewStorage(b.url, token) })
	for _, secret := range []string{"secret", edgeToken} {
		if strings.Contains(b.log.String(), secret+`"`) {
			t.Error("the log tells of what is shared")
		}
	}
}

// asEdge asks for something with a token; without one nothing is sent.
func (b *bundle) asEdge(method, target, token string, body []byte) (int, string) {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), method, b.url+target, bytes.NewReader(body))
	b.must(err)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	b.must(err)
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	b.must(err)
	return res.StatusCode, string(answer)
}

func TestOnlyEdgesShareTLSCertificates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	owner := b.signUp("engines")
	for _, r := range b.server.tlsTable() {
		for name, token := range map[string]string{"nobody": "", "nonsense": "lhe_nonsense", "an owner": owner.Token, "an operator": b.operator()} {
			if status, body := b.asEdge(r.method, r.path+"?key=a&under=a&name=a&owner=a&lease=1", token, nil); status != http.StatusUnauthorized {
				t.Errorf("%s %s as %s: %d %s", r.method, r.path, name, status, body)
			}
		}
	}
}

func TestTheControlPlaneSignsForHostsThatAreRouted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ws := b.signUp("engines").Workspace.ID
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	raw, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{"engines.longhouse.test"}}, key)
	b.must(err)
	request := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: raw})
	if status, body := b.asEdge(post, wire.SignPath, edgeToken, request); status != http.StatusForbidden || !strings.Contains(body, "no workspace has the host") {
		t.Errorf("without a route: %d %s", status, body)
	}
	b.setRoute(ws, tenants.Serving)
	status, signed := b.asEdge(post, wire.SignPath, edgeToken, request)
	block, _ := pem.Decode([]byte(signed))
	if status != http.StatusOK || block == nil {
		t.Fatalf("%d %s", status, signed)
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	b.must(err)
	var root TLSAuthorityOut
	b.want(http.StatusOK, get, "/tls-authority", "", nil).into(t, &root.Body)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(root.Body.Certificate)) {
		t.Fatal("the root is no certificate")
	}
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "engines.longhouse.test", CurrentTime: b.clock.now()})
	b.must(err)
	block, _ = pem.Decode([]byte(root.Body.Certificate))
	if sum := sha256.Sum256(block.Bytes); root.Body.Fingerprint != hex.EncodeToString(sum[:]) || root.Body.Domain != "longhouse.test" || root.Body.Expires.Before(leaf.NotAfter) {
		t.Errorf("%+v", root.Body)
	}
	for name, body := range map[string][]byte{"nonsense": []byte("x"), "too long": bytes.Repeat([]byte("x"), wire.MaxRequest+1)} {
		if status, said := b.asEdge(post, wire.SignPath, edgeToken, body); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
}

func TestWhatEdgesAskWronglyIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for target, want := range map[string]string{
		wire.ValuePath + "?key=":                     "a key is a path",
		wire.ValuePath + "?key=authority/root.crt":   "not for edges",
		wire.LockPath + "?name=a&owner=b&lease=soon": "whole number of seconds",
		wire.LockPath + "?name=a&owner=b&lease=61":   "at most 60",
		wire.LockPath + "?name=&owner=b&lease=1":     "a lock has a name",
		wire.LockPath + "?name=a&owner=b&lease=0":    "at least 1",
	} {
		status, body := b.asEdge(put, target, edgeToken, []byte("x"))
		if status/100 != 4 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
	if status, body := b.asEdge(put, wire.ValuePath+"?key=a", edgeToken, make([]byte, wire.MaxValue+1)); status != http.StatusUnprocessableEntity {
		t.Errorf("a value that is too long: %d %s", status, body)
	}
}
