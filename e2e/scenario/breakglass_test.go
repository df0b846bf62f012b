package scenario

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// comingFrom is a client whose connections, to the control plane and to the edge, come from an address of this machine.
func comingFrom(m *machine.Machine, address string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	return &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, at string) (net.Conn, error) {
		return dialer.DialContext(ctx, network, m.At(at))
	}}}
}

// asks sends a body, or none, and returns the status and what was answered.
func asks(t *testing.T, who *http.Client, method, url string, body any) (int, string) {
	t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return ask(t, who, req)
}

// glassBreaks shuts everybody out, the owner too, who gets back in by two mails and is not signed in to anything.
func glassBreaks(t *testing.T, c *machine.Customer) {
	m := c.Machine
	owner, other := comingFrom(m, "127.0.0.21"), comingFrom(m, "127.0.0.22")
	place, err := url.Parse(c.Workspace.URL)
	if err != nil {
		t.Fatal(err)
	}
	ping := c.Workspace.URL + "/api/v4/system/ping"
	finds := func(who *http.Client, want int) {
		t.Helper()
		if status, text := asks(t, who, http.MethodGet, ping, nil); status != want {
			t.Errorf("answered %d %s, want %d", status, text, want)
		}
	}
	m.CLI(t, c.Token, nil, "ip-filter", "close", c.Slug, "--force", "--reason", "by mistake")
	t.Cleanup(func() { m.CLI(t, c.Token, nil, "ip-filter", "open", c.Slug) })
	finds(owner, http.StatusForbidden)

	done := func(path string, want int, body any) string {
		t.Helper()
		status, text := asks(t, owner, http.MethodPost, m.Up.API+"/api/v1/break-glass"+path, body)
		if status != want {
			t.Fatalf("%s is answered %d %s, want %d", path, status, text, want)
		}
		return text
	}
	done("", http.StatusAccepted, map[string]string{"email": c.Email, "workspace": c.Workspace.URL})
	link := mailed(t, c, "A way back in to "+place.Hostname(), `(http\S+/break-glass)#token=(\S+)`)
	if status, page := asks(t, owner, http.MethodGet, link[1], nil); status != http.StatusOK || !strings.Contains(page, "Get back in") {
		t.Errorf("the link leads to %d %s", status, page)
	}
	done("/code", http.StatusAccepted, map[string]string{"token": link[2]})
	code := mailed(t, c, "The code to get back in to "+place.Hostname(), `The code is ([0-9 ]+),`)
	finds(owner, http.StatusForbidden)
	began := time.Now()
	text := done("/use", http.StatusOK, map[string]string{"token": link[2], "code": code[1], "reason": "the office has moved"})
	finds(owner, http.StatusOK)
	if took := time.Since(began); took > time.Second || !strings.Contains(text, `"network":"127.0.0.21"`) || !strings.Contains(text, `"behind":[]`) {
		t.Errorf("after %s: %s", took, text)
	}
	finds(other, http.StatusForbidden)
	done("/use", http.StatusConflict, map[string]string{"token": link[2], "code": code[1], "reason": "again"})
	mailed(t, c, "The IP filter of "+place.Hostname()+" was changed", `(?s)The reason: the office has moved.*This is break-glass`)
}

// mailed waits for a mail to the owner in which something stands.
func mailed(t *testing.T, c *machine.Customer, subject, form string) (found []string) {
	t.Helper()
	machine.Eventually(t, time.Minute, subject, func() error {
		letters, err := c.Machine.Letters(c.Email, subject)
		if err != nil {
			return err
		}
		for _, l := range letters {
			if found = regexp.MustCompile(form).FindStringSubmatch(l.Text); found != nil {
				return nil
			}
		}
		return io.ErrUnexpectedEOF
	})
	return found
}
