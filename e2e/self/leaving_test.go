package self

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// slowUpload sends the beginning of a body to the workspace and returns the connection, whose request is then under way.
func slowUpload(t *testing.T, m *machine.Machine, c *machine.Customer) net.Conn {
	t.Helper()
	to, err := url.Parse(c.Workspace.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := m.Dial(t.Context(), "tcp", to.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := fmt.Fprintf(conn, "POST /api/v4/users/login HTTP/1.1\r\nHost: %s\r\nContent-Length: 2\r\n\r\n{", to.Host); err != nil {
		t.Fatal(err)
	}
	return conn
}

// askToEnd sends SIGTERM to a child, as somebody might who isn't `longhouse up`, and waits until the next one has its place.
func askToEnd(t *testing.T, m *machine.Machine, child string) (first int) {
	t.Helper()
	first = m.Child(t, child)
	if err := syscall.Kill(first, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	machine.Eventually(t, time.Minute, "the next "+child, func() error {
		if m.Child(t, child) == first {
			return fmt.Errorf("it is still the first")
		}
		return nil
	})
	return first
}

// TestEdgeThatIsLeavingIsNotWaitedFor: one client holds it for as long as it may, and everybody else is with the next one.
func TestEdgeThatIsLeavingIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	c := m.SignUp(t, "elm")
	admin := c.Admin(t)
	socket := connect(t, m, c, admin)
	slow := slowUpload(t, m, c)
	asking := m.Ask(t, map[string]string{"workspace": c.Workspace.URL + "/api/v4/system/ping"})
	asking.After(t, 20, "workspace") // by then the slow one has been let in, too

	first := askToEnd(t, m, "edge")
	select {
	case <-socket: // and its client comes back to the next one
	case <-time.After(30 * time.Second):
		t.Error("the web socket of the first edge is still open")
	}
	connect(t, m, c, admin)
	asking.After(t, 100, "workspace")
	if err := syscall.Kill(first, 0); err != nil {
		t.Fatalf("the first edge has ended already, so this shows nothing: %v", err)
	}
	asking.End(t)
	t.Logf("the slowest answer took %v", asking.Longest())
	if asking.Longest() > 10*time.Second { // the first edge goes on for 20
		t.Errorf("an answer took %v", asking.Longest())
	}

	if _, err := io.WriteString(slow, "}"); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(slow), nil)
	if err != nil {
		t.Fatalf("the request that was under way: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode/100 != 4 { // nobody signs in with an empty object
		t.Errorf("the request that was under way is answered %s", resp.Status)
	}
	machine.Eventually(t, 30*time.Second, "the end of the first edge", func() error {
		if syscall.Kill(first, 0) == nil {
			return fmt.Errorf("it runs")
		}
		return nil
	})
}

// TestControlPlaneThatIsLeavingIsNotWaitedFor: as with the edge.
func TestControlPlaneThatIsLeavingIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--blanks", "0")
	to, err := url.Parse(m.Up.API)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := new(net.Dialer).DialContext(context.Background(), "tcp", to.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := fmt.Fprintf(slow, "POST /api/v1/signup HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{", to.Host); err != nil {
		t.Fatal(err)
	}
	asking := m.Ask(t, map[string]string{"API": m.Up.API + "/healthz"})
	asking.After(t, 20, "API") // by then the slow one has been let in, too
	first := askToEnd(t, m, "control")
	if err := syscall.Kill(first, 0); err != nil {
		t.Errorf("the first control plane has ended already, so this shows nothing: %v", err)
	}
	asking.After(t, 20, "API")
	asking.End(t)
	t.Logf("the slowest answer took %v", asking.Longest())
	m.SignUp(t, "elm")
	m.NoOrphans(t)
}
