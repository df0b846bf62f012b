package machine

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// Customer is somebody who signed up, with the workspace that came of it.
type Customer struct {
	Machine   *Machine
	Email     string
	Slug      string
	Token     string // of the session with the control plane
	Workspace struct {
		ID    string `json:"id"`
		URL   string `json:"url"`
		State string `json:"state"`
	} `json:"workspace"`
	Operation struct {
		ID string `json:"id"`
	} `json:"operation"`
}

// SignUp makes a customer by `longhouse signup --wait`.
func (m *Machine) SignUp(t testing.TB, slug string) *Customer {
	t.Helper()
	c := &Customer{Machine: m, Email: "owner@" + slug + ".example", Slug: slug}
	var answer struct {
		*Customer
		Token string `json:"token"`
	}
	answer.Customer = c
	m.CLI(t, "", &answer, "signup", "--email", c.Email, "--password-file", Secret(t, rand.Text()), "--tenant", "Tenant "+slug, "--workspace", slug, "--wait")
	c.Token = answer.Token
	if c.Workspace.State != "running" || c.Token == "" || c.Operation.ID == "" {
		t.Fatalf("sign-up answered %+v", answer)
	}
	return c
}

// Secret writes text to a file that only we read.
func Secret(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Link is what `longhouse workspaces open` gives.
type Link struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// Open asks for a way in as the first admin.
func (c *Customer) Open(t testing.TB) Link {
	t.Helper()
	var link Link
	c.Machine.CLI(t, c.Token, &link, "workspaces", "open", c.Slug)
	return link
}

// Admin returns a client of the workspace that is signed in as its first admin, by following the link.
func (c *Customer) Admin(t testing.TB) *model.Client4 {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, c.Open(t).URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := c.Machine.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var session struct {
		Token string `json:"token"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&session); err != nil || session.Token == "" {
		t.Fatalf("the link answered %s: %v", resp.Status, err)
	}
	client := c.Client()
	client.SetToken(session.Token)
	return client
}

// Client returns a client of the workspace that is not signed in.
func (c *Customer) Client() *model.Client4 {
	client := model.NewAPIv4Client(c.Workspace.URL)
	client.HTTPClient = c.Machine.HTTP()
	return client
}

// HTTP returns a client that finds every name at the edge, as a browser finds *.localhost.
func (m *Machine) HTTP() *http.Client {
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: m.Dial}}
}

// Dial connects to where At says.
func (m *Machine) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	return d.DialContext(ctx, network, m.At(address))
}

// At is the edge for every name, and an address for itself.
func (m *Machine) At(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil && net.ParseIP(host) == nil {
		return m.Up.Edge.HTTP
	}
	return address
}
