package domains

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/edge/certs/certstest"
	"github.com/longhouse-dev/longhouse/internal/resolver/testdns"
)

const browser, program = "text/html,*/*;q=0.8", "application/json"

// rig is a machine whose certificates come from an ACME server, and whose domains from a name server.
type rig struct {
	*machine.Machine
	t      *testing.T
	names  *testdns.Server
	acme   *certstest.ACME
	secure string // where it serves https
}

func setup(t *testing.T) *rig {
	t.Helper()
	plain, secure := free(t), free(t)
	r := &rig{t: t, names: testdns.New(t), acme: certstest.NewACME(t, port(t, plain), port(t, secure), 90*24*3600), secure: secure}
	// The edge has a user id of its own, and must read it.
	folder, err := os.MkdirTemp("/tmp", "lh")
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	must(t, os.Chmod(folder, 0o711))
	roots, err := os.ReadFile(r.acme.RootsFile)
	must(t, err)
	file := filepath.Join(folder, "roots.pem")
	must(t, os.WriteFile(file, roots, 0o644))
	must(t, os.Chmod(file, 0o644))
	r.Machine = machine.Start(t, "--http", plain, "--https", secure, "--acme-directory", r.acme.Directory, "--acme-email", "ops@example.com", "--acme-roots", file, "--resolver", r.names.Address)
	return r
}

// free is an address at which nobody listens.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	must(t, l.Close())
	return l.Addr().String()
}

func port(t *testing.T, address string) int {
	t.Helper()
	at, err := net.ResolveTCPAddr("tcp", address)
	must(t, err)
	return at.Port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// ask asks for a path of a name by https, follows nobody, and trusts the ACME server's root alone.
func (r *rig) ask(name, path, accept string) (*http.Response, error) {
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: r.acme.Roots}, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", r.secure)
	}}
	_, at, _ := net.SplitHostPort(r.secure)
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "https://"+name+":"+at+path, nil)
	must(r.t, err)
	req.Header.Set("Accept", accept)
	res, err := transport.RoundTrip(req)
	if err == nil {
		r.t.Cleanup(func() { _ = res.Body.Close() })
	}
	return res, err
}

// answers fails the test unless a name answers so; to is where a redirect leads.
func (r *rig) answers(name, path, accept string, status int, to string) {
	r.t.Helper()
	res, err := r.ask(name, path, accept)
	if err != nil || res.StatusCode != status || !strings.HasPrefix(res.Header.Get("Location"), to) || to == "" && res.Header.Get("Location") != "" {
		r.t.Errorf("%s%s for %s: %+v, %v; want %d to %q", name, path, accept, res, err, status, to)
	}
}

type domain struct {
	State   string
	Says    string
	Primary bool
	Records []struct{ Type, Name, Value string }
}

func TestADomainComesIntoServiceAndGoes(t *testing.T) {
	t.Parallel()
	r := setup(t)
	c := r.SignUp(t, "ash")
	r.Confirm(t, c.Email)
	u, err := url.Parse(c.Workspace.URL)
	must(t, err)
	own, name, ping := u.Hostname(), "chat.example.com", "/api/v4/system/ping"
	r.names.Set(own, "A 127.0.0.1")
	var d domain
	r.CLI(t, c.Token, &d, "domains", "add", c.Slug, name)
	if d.State != "pending" || len(d.Records) != 2 {
		t.Fatalf("%+v", d)
	}
	orders := r.acme.Orders.Load()
	if _, err := r.ask(name, ping, program); err == nil || r.acme.Orders.Load() != orders {
		t.Errorf("a name that points here and is nobody's is served: %v", err)
	}
	for _, record := range d.Records {
		r.names.Set(record.Name, record.Type+" "+record.Value+map[bool]string{true: "."}[record.Type == "CNAME"]) // as zone files end names
	}
	machine.Eventually(t, 2*time.Minute, "the domain to come into service", func() error {
		r.CLI(t, c.Token, &d, "domains", "show", c.Slug, name)
		if d.State != "serving" {
			return fmt.Errorf("it is %s: %s", d.State, d.Says)
		}
		return nil
	})
	if r.acme.Orders.Load() == orders {
		t.Error("it is in service without a certificate")
	}
	r.answers(name, ping, program, http.StatusOK, "")
	machine.Eventually(t, time.Minute, "the mail that it is in service", func() error {
		_, err := r.Letters(c.Email, name+" is in service")
		return err
	})

	r.CLI(t, c.Token, &d, "domains", "primary", c.Slug, name)
	_, at, _ := net.SplitHostPort(r.secure)
	machine.Eventually(t, 30*time.Second, "browsers to be sent there", func() error {
		if res, err := r.ask(own, "/x?y", browser); err != nil || res.Header.Get("Location") != "https://"+name+":"+at+"/x?y" {
			return fmt.Errorf("%+v, %w", res, err)
		}
		return nil
	})
	r.answers(own, ping, program, http.StatusOK, "")
	r.CLI(t, c.Token, nil, "workspaces", "stop", c.Slug, "--wait")
	r.CLI(t, c.Token, nil, "workspaces", "start", c.Slug, "--wait")
	var config struct{ SiteURL string }
	res, err := r.ask(name, "/api/v4/config/client?format=old", program)
	must(t, err)
	if err := json.NewDecoder(res.Body).Decode(&config); err != nil || config.SiteURL != "https://"+name+":"+at {
		t.Errorf("it calls itself %q, %v", config.SiteURL, err)
	}

	r.CLI(t, c.Token, nil, "ip-filter", "close", c.Slug, "--force")
	for _, host := range []string{own, name} {
		r.answers(host, ping, program, http.StatusForbidden, "")
		r.answers(host, "/", browser, http.StatusForbidden, "")
	}
	r.CLI(t, c.Token, nil, "ip-filter", "open", c.Slug)
	r.Interrupt(t)
	r.Again(t)
	r.answers(name, ping, program, http.StatusOK, "")
	r.answers(own, "/", browser, http.StatusTemporaryRedirect, "https://"+name)

	r.CLI(t, c.Token, nil, "domains", "remove", c.Slug, name)
	machine.Eventually(t, 30*time.Second, "it to be nobody's", func() error {
		if res, err := r.ask(name, ping, program); err == nil {
			return fmt.Errorf("it answers %s", res.Status)
		}
		return nil
	})
	if res, err := r.ask(own, "/", browser); err != nil || res.Header.Get("Location") != "" {
		t.Errorf("browsers are sent to a name that is gone: %+v, %v", res, err)
	}
}
