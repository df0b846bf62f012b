package tenants

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/keyring"
)

func (b *bundle) tls() *TLS { return b.store.TLS([32]byte{1}, [32]byte{2}) }

func (b *bundle) routed(workspace uuid.UUID, state RouteState, hosts ...string) {
	b.t.Helper()
	b.must(b.setRoute(b.t.Context(), Route{Workspace: workspace, Hosts: hosts, State: state, Address: "/s"}))
}

// A backup of the database gives nobody's private key away, and nobody who may write to it can put one in another's place.
func TestWhatEdgesShareIsSealedInItsPlace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, one := t.Context(), b.tls()
	b.must(one.Put(ctx, "certificates/local/a/a.key", []byte("private key of a")))
	b.must(one.Put(ctx, "certificates/local/b/b.key", []byte("private key of b")))
	var raw []byte
	b.must(b.pool.QueryRow(ctx, "select value from tls_values where key like '%/a.key'").Scan(&raw))
	if bytes.Contains(raw, []byte("private")) {
		t.Error("a key is readable in the database")
	}
	b.exec("update tls_values set value = (select value from tls_values where key like '%/a.key')")
	if value, err := one.Get(ctx, "certificates/local/b/b.key"); err == nil || !strings.Contains(err.Error(), keyring.ErrSealed.Error()) {
		t.Errorf("a key that was moved opens: %q, %v", value, err)
	}
}

func TestEdgesWriteWhatIsTheirs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, one := t.Context(), b.tls()
	root, err := one.Root(ctx)
	b.must(err)
	for _, key := range []string{"authority/root.crt", "authority"} {
		b.refused(one.Put(ctx, key, nil), Forbidden, "")
		b.refused(one.Remove(ctx, key), Forbidden, "")
	}
	for _, key := range []string{"", "/a", "a/", "a//b", strings.Repeat("x", 1025)} {
		b.refused(one.Put(ctx, key, nil), Invalid, "")
		b.refused(one.Remove(ctx, key), Invalid, "")
	}
	if again, err := one.Root(ctx); err != nil || !bytes.Equal(again, root) {
		t.Errorf("the root has changed: %v", err)
	}
}

func TestEverybodyGetsTheSameRoot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	roots := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range roots {
		all.Go(func() {
			var err error
			if roots[i], err = b.tls().Root(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, root := range roots {
		if !bytes.Equal(root, roots[0]) {
			t.Fatal("there are two roots")
		}
	}
}

func requestFor(t *testing.T, names ...string) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{DNSNames: names}, key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: raw})
}

func TestTheAuthoritySignsForHostsThatHaveARoute(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, one := t.Context(), b.tls()
	done, _ := b.signUp("acme")
	workspace := done.Workspace.ID
	refused := func() {
		t.Helper()
		_, err := one.Sign(ctx, requestFor(t, "acme.longhouse.test"))
		b.refused(err, Forbidden, "no workspace has the host")
	}
	refused()
	for _, state := range []RouteState{Serving, Halted} {
		b.routed(workspace, state, "acme.longhouse.test")
		signed, err := one.Sign(ctx, requestFor(t, "acme.longhouse.test"))
		b.must(err)
		block, _ := pem.Decode(signed)
		leaf, err := x509.ParseCertificate(block.Bytes)
		b.must(err)
		root, err := one.Root(ctx)
		b.must(err)
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(root)
		_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "acme.longhouse.test", CurrentTime: b.now()})
		b.must(err)
	}
	_, err := one.Sign(ctx, requestFor(t, "acme.longhouse.test", "other.longhouse.test"))
	b.refused(err, Invalid, "")
	_, err = one.Sign(ctx, []byte("nonsense"))
	b.refused(err, Invalid, "")
	b.routed(workspace, Gone)
	refused()
}

// The next one who gets a host gets no key of the one before.
func TestCertificatesGoWithTheHost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, one := t.Context(), b.tls()
	done, _ := b.signUp("acme")
	workspace := done.Workspace.ID
	b.routed(workspace, Serving, "acme.longhouse.test", "chat.acme.example")
	fill := func() {
		for _, key := range []string{"certificates/local/acme.longhouse.test/x.key", "certificates/ca/chat.acme.example/x.key", "certificates/local/other.longhouse.test/x.key", "acme/ca/acme.longhouse.test"} {
			b.must(one.Put(ctx, key, []byte("x")))
		}
	}
	left := func(want ...string) {
		t.Helper()
		keys, err := one.Keys(ctx, "")
		b.must(err)
		if strings.Join(keys, " ") != strings.Join(want, " ") {
			t.Errorf("left: %q", keys)
		}
	}
	fill()
	b.routed(workspace, Halted, "acme.longhouse.test")
	left("acme/ca/acme.longhouse.test", "certificates/local/acme.longhouse.test/x.key", "certificates/local/other.longhouse.test/x.key")
	b.routed(workspace, Gone)
	left("acme/ca/acme.longhouse.test", "certificates/local/other.longhouse.test/x.key")
}

func TestALockIsTakenFromWhoIsDead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx, one := t.Context(), b.tls()
	lock := func(owner string, want bool) {
		t.Helper()
		if taken, err := one.Lock(ctx, "issue a", owner, 30*time.Second); err != nil || taken != want {
			t.Errorf("%s: %t, %v", owner, taken, err)
		}
	}
	lock("one", true)
	lock("other", false)
	lock("one", true) // a further while
	b.must(one.Unlock(ctx, "issue a", "other"))
	lock("other", false)
	b.put(29 * time.Second)
	lock("other", false)
	b.put(time.Second)
	lock("other", true)
	lock("one", false)
	b.must(one.Unlock(ctx, "issue a", "one")) // who lost it gives nothing back
	lock("one", false)
	b.put(-time.Hour) // the clock was ahead when it was taken
	lock("one", true)
	for _, lease := range []time.Duration{0, -time.Second, MaxTLSLease + 1} {
		_, err := one.Lock(ctx, "issue a", "one", lease)
		b.refused(err, Invalid, "")
	}
	_, err := one.Lock(ctx, "", "one", time.Second)
	b.refused(err, Invalid, "")
}
