package https

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// secureAddress is where the machine says that it serves https.
func secureAddress(t *testing.T, m *machine.Machine) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(m.Dir, "up.json"))
	if err != nil {
		t.Fatal(err)
	}
	var said struct{ Edge struct{ HTTPS string } }
	if err := json.Unmarshal(data, &said); err != nil || said.Edge.HTTPS == "" {
		t.Fatalf("%v: %s", err, data)
	}
	return said.Edge.HTTPS
}

// ping asks over a connection of its own, and returns the certificate that was shown.
func ping(t *testing.T, url, address string, roots *x509.CertPool) (*x509.Certificate, error) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}}
	res, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get(url + "/api/v4/system/ping")
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the workspace answered %s", res.Status)
	}
	return res.TLS.PeerCertificates[0], nil
}

// pingHTTP3 asks by HTTP/3 until it is answered: a new edge has the port when the one before has let it go.
func pingHTTP3(t *testing.T, url, address string, roots *x509.CertPool) error {
	t.Helper()
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: roots},
		Dial: func(ctx context.Context, _ string, c *tls.Config, q *quic.Config) (*quic.Conn, error) {
			return quic.DialAddr(ctx, address, c, q)
		}}
	defer func() { _ = transport.Close() }()
	client := &http.Client{Transport: transport, Timeout: 2 * time.Second}
	for end := time.Now().Add(30 * time.Second); ; {
		res, err := client.Get(url + "/api/v4/system/ping")
		if err == nil {
			_ = res.Body.Close()
			if res.ProtoMajor != 3 || res.StatusCode != http.StatusOK {
				return fmt.Errorf("the workspace answered %s %s", res.Proto, res.Status)
			}
			return nil
		}
		if time.Now().After(end) {
			return err
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestAWorkspaceIsReachedByHTTPSWhateverDies(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--https", "127.0.0.1:0")
	c, address := m.SignUp(t, "ash"), secureAddress(t, m)
	if !strings.HasPrefix(c.Workspace.URL, "https://ash.") {
		t.Fatalf("its address is %s", c.Workspace.URL)
	}
	root, _, err := m.TryCLI("", "trust", "--pem")
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(root) {
		t.Fatalf("%v: %q", err, root)
	}
	first, err := ping(t, c.Workspace.URL, address, roots)
	if err != nil {
		t.Fatal(err)
	}
	reached := func(when string) {
		t.Helper()
		if again, err := ping(t, c.Workspace.URL, address, roots); err != nil || !again.Equal(first) {
			t.Errorf("%s: %v", when, err)
		}
		if err := pingHTTP3(t, c.Workspace.URL, address, roots); err != nil {
			t.Errorf("%s, by HTTP/3: %v", when, err)
		}
	}
	stopped := m.Child(t, "control")
	if err := syscall.Kill(stopped, syscall.SIGSTOP); err != nil { // it holds connections and says nothing
		t.Fatal(err)
	}
	if err := syscall.Kill(m.Child(t, "edge"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	reached("after the edge was killed while the control plane hangs") // the socket outlives both
	m.Kill(t)
	reached("without anybody who watches")
	_ = syscall.Kill(stopped, syscall.SIGCONT)
	m.Again(t)
	if now := secureAddress(t, m); now != address {
		t.Errorf("it serves at %s now, and at %s before", now, address)
	}
	reached("after another start")
}
