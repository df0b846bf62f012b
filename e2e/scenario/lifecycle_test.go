package scenario

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// get asks for a page of a workspace as a browser does.
func get(t *testing.T, m *machine.Machine, url string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	resp, err := m.HTTP().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func unknownHost(t *testing.T, m *machine.Machine) {
	_, port, _ := strings.Cut(m.Up.Edge.HTTP, ":")
	resp, _ := get(t, m, "http://nobody."+m.Up.BaseDomain+":"+port+"/")
	if resp.StatusCode != http.StatusNotFound {
		t.Fatalf("an unknown host was answered %s", resp.Status)
	}
}

func stopAndStart(t *testing.T, c *machine.Customer, r room) {
	c.Machine.CLI(t, c.Token, nil, "workspaces", "stop", c.Slug, "--wait")
	machine.Eventually(t, time.Second, "the edge to learn that the workspace is stopped", func() error {
		resp, page := get(t, c.Machine, c.Workspace.URL+"/")
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" || !strings.Contains(page, "<html") {
			return &unexpected{resp.Status, page}
		}
		return nil
	})
	c.Machine.CLI(t, c.Token, nil, "workspaces", "start", c.Slug, "--wait")
	machine.Eventually(t, time.Second, "the edge to serve again", func() error {
		resp, page := get(t, c.Machine, c.Workspace.URL+"/api/v4/system/ping")
		if resp.StatusCode != http.StatusOK {
			return &unexpected{resp.Status, page}
		}
		return nil
	})
	channel, _, err := r.admin.GetChannel(t.Context(), r.channel.Id)
	if err != nil || channel.Name != r.channel.Name {
		t.Fatalf("after a stop and a start the channel is %+v: %v", channel, err)
	}
}

func deleted(t *testing.T, c *machine.Customer) {
	c.Machine.CLI(t, c.Token, nil, "workspaces", "delete", c.Slug, "--now", "--yes", "--wait")
	machine.Eventually(t, time.Second, "the edge to forget the workspace", func() error {
		resp, page := get(t, c.Machine, c.Workspace.URL+"/")
		if resp.StatusCode != http.StatusNotFound {
			return &unexpected{resp.Status, page}
		}
		return nil
	})
	if _, stderr, err := c.Machine.TryCLI("", "signup", "--email", "next@"+c.Slug+".example", "--password-file",
		machine.Secret(t, "a long enough password"), "--tenant", "Next", "--workspace", c.Slug); err == nil || !strings.Contains(string(stderr), "taken") {
		t.Fatalf("the slug of a deleted workspace is not held: %v %s", err, stderr)
	}
}

type unexpected struct{ status, body string }

// Error implements error.
func (u *unexpected) Error() string {
	return "it answered " + u.status + ": " + u.body[:min(len(u.body), 200)]
}
