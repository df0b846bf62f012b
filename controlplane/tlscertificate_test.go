package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/tenants"
)

const engines = "engines.longhouse.test"

// kept has a workspace at engines.longhouse.test, whose TLS certificate edges share.
func (b *bundle) kept() (workspace string) {
	b.t.Helper()
	workspace = b.signUp("engines").Workspace.ID
	b.setRoute(workspace, tenants.Serving)
	b.share()
	return workspace
}

func (b *bundle) share() {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	b.must(err)
	raw, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: []string{engines}}, key)
	b.must(err)
	signed, err := b.server.tls.Sign(b.t.Context(), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: raw}))
	b.must(err)
	for ending, value := range map[string][]byte{".crt": signed, ".key": []byte("a key"), ".json": []byte("{}")} {
		b.must(b.server.tls.Put(b.t.Context(), "certificates/local/"+engines+"/"+engines+ending, value))
	}
}

func (b *bundle) tlsList() []TLSCertificate {
	b.t.Helper()
	var list List[TLSCertificate]
	b.want(http.StatusOK, get, "/tls-certificates", b.operator(), nil).into(b.t, &list)
	return list.Items
}

func TestOperatorsSeeCertificatesAndWhatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.kept()
	list := b.tlsList()
	if len(list) != 1 || list[0].Host != engines || list[0].Issuer != "local" || list[0].NotAfter.Sub(b.clock.now()) < 6*24*time.Hour || list[0].FailedAt != nil || len(list[0].Fingerprint) != 64 {
		t.Fatalf("%+v", list)
	}
	ask := func() int64 {
		status, body := b.asEdge(post, wire.AsksPath+"?issuer=local&host="+engines, edgeToken, nil)
		var a wire.Ask
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		return a.ID
	}
	end := func(id int64, said string) {
		if status, body := b.asEdge(put, fmt.Sprintf("%s?id=%d", wire.AsksPath, id), edgeToken, []byte(said)); status != http.StatusNoContent {
			t.Errorf("%d %s", status, body)
		}
	}
	end(ask(), "urn:ietf:params:acme:error:dns: no such name")
	if list := b.tlsList(); len(list) != 1 || list[0].FailedAt == nil || list[0].Failure != "urn:ietf:params:acme:error:dns: no such name" {
		t.Errorf("%+v", list)
	}
	end(ask(), "")
	if list := b.tlsList(); list[0].FailedAt != nil || list[0].Failure != "" {
		t.Errorf("it is told of after a success: %+v", list)
	}
	if status, body := b.asEdge(post, wire.AsksPath+"?issuer=ca&host=nobody.longhouse.test", edgeToken, nil); status != http.StatusForbidden {
		t.Errorf("a host that nobody has: %d %s", status, body)
	}
	if status, _ := b.asEdge(put, wire.AsksPath+"?id=x", edgeToken, nil); status != http.StatusUnprocessableEntity {
		t.Errorf("no number: %d", status)
	}
}

func TestEdgesAreToldWhenTheyMayAskAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.config.TLSLimits = tenants.TLSLimits{PerHost: 1}
	b.kept()
	target := wire.AsksPath + "?issuer=ca&host=" + engines
	if status, body := b.asEdge(post, target, edgeToken, nil); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	req, err := http.NewRequestWithContext(t.Context(), post, b.url+target, nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+edgeToken)
	res, err := http.DefaultClient.Do(req)
	b.must(err)
	defer func() { _ = res.Body.Close() }()
	var p Problem
	b.must(json.NewDecoder(res.Body).Decode(&p))
	seconds, _ := strconv.Atoi(res.Header.Get("Retry-After"))
	if week := 7 * 24 * 3600; res.StatusCode != http.StatusTooManyRequests || seconds < week-60 || seconds > week || !strings.Contains(p.Detail, "it goes on at 20") {
		t.Errorf("%d after %d s: %s", res.StatusCode, seconds, p.Detail)
	}
}

func TestARevokedCertificateIsGoneAndEdgesAreTold(t *testing.T) {
	t.Parallel()
	b := setup(t)
	workspace := b.kept()
	path, op := "/tls-certificates/"+engines+"/revoke", b.operator()
	b.want(http.StatusUnprocessableEntity, post, path, op, map[string]string{"reason": "boredom"})
	b.want(http.StatusNotFound, post, "/tls-certificates/other.longhouse.test/revoke", op, RevokeTLSBody{Reason: "superseded"})
	was := b.tlsList()[0].Fingerprint
	b.want(http.StatusNoContent, post, path, op, RevokeTLSBody{Reason: "keyCompromise"})
	b.want(http.StatusNotFound, post, path, op, RevokeTLSBody{Reason: "keyCompromise"})
	if keys, err := b.server.tls.Keys(t.Context(), "certificates"); err != nil || len(keys) != 0 {
		t.Errorf("edges share %q, %v", keys, err)
	}
	told := func() wire.Revocation {
		status, body := b.asEdge(get, wire.RevocationsPath, edgeToken, nil)
		var all wire.Revocations
		if err := json.Unmarshal([]byte(body), &all); err != nil || status != http.StatusOK || len(all.Revocations) != 1 {
			t.Fatalf("%d %s", status, body)
		}
		return all.Revocations[0]
	}
	r := told()
	if r.Host != engines || r.Issuer != "local" || r.Reason != "keyCompromise" || r.Fingerprint != was || !strings.HasPrefix(r.Certificate, "-----BEGIN CERTIFICATE-----") {
		t.Errorf("%+v", r)
	}
	end := func(said string) {
		if status, body := b.asEdge(put, fmt.Sprintf("%s?id=%d", wire.RevocationsPath, r.ID), edgeToken, []byte(said)); status != http.StatusNoContent {
			t.Errorf("%d %s", status, body)
		}
	}
	end("come back tomorrow")
	if list := b.tlsList(); len(list) != 1 || list[0].Revocation == nil || list[0].Revocation.Failure != "come back tomorrow" || list[0].Revocation.DoneAt != nil || list[0].Fingerprint != "" {
		t.Errorf("%+v", list)
	}
	b.share()
	end("")
	if list := b.tlsList(); list[0].Revocation.DoneAt == nil || list[0].Revocation.Failure != "" || list[0].Fingerprint == was || told().Certificate != "" {
		t.Errorf("%+v", list)
	}
	var found int
	b.must(b.pool.QueryRow(t.Context(), "select count(*) from audit_events where action = 'tls.revoke' and subject = $1 and details->>'host' = $2 and details->>'fingerprint' = $3", workspace, engines, was).Scan(&found))
	if found != 1 {
		t.Errorf("%d events tell of it", found)
	}
	b.clock.move(30 * 24 * time.Hour)
	if _, body := b.asEdge(get, wire.RevocationsPath, edgeToken, nil); strings.Contains(body, was) {
		t.Errorf("edges are told of one that has ended by itself: %s", body)
	}
}

func TestIssuersCountByRegisteredDomain(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{"a.chat.example.com": "example.com", "example.co.uk": "example.co.uk", "a.b.example.co.uk": "example.co.uk",
		"*.chat.example.com": "example.com", "acme.longhouse.localhost": "longhouse.localhost", "localhost": "localhost", "": ""} {
		if got := registered(host); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

func init() {
	wishes["revoke-tls-certificate"] = func(b *bundle) wish {
		b.kept()
		return wish{"/tls-certificates/" + engines + "/revoke", b.operator(), RevokeTLSBody{Reason: "superseded"}}
	}
}
