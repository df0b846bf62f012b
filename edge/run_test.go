package edge

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestDrainFinishesRequestsAndEndsWebSockets(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entered, finish := make(chan struct{}), make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-finish
		_, _ = io.WriteString(w, "finished")
	})
	r.control.set(1, r.instance("acme", slow), r.instance("globex", echoSocket))
	r.start()
	r.waitVersion(1)
	socket, _ := r.dialSocket("globex.longhouse.localhost")
	_, _, err := socket.ReadMessage()
	must(t, err)
	answered := make(chan *answerOf)
	go func() { answered <- r.get("acme.longhouse.localhost", "/") }()
	<-entered

	stopped := make(chan error)
	go func() { stopped <- r.stop() }()
	ended(t, socket)
	eventually(t, "nobody is let in any more", func() bool {
		conn, err := net.Dial("tcp", r.addr())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	r.admin("/healthz").want(t, 200, "ok")
	close(finish)
	(<-answered).want(t, 200, "finished")
	must(t, <-stopped)
	if _, err := os.Stat(r.config.AdminSocket); err == nil {
		t.Error("the admin socket was left behind")
	}
}

func TestDrainEndsInTime(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	entered := make(chan struct{})
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(entered)
		<-req.Context().Done()
	})))
	r.start(func(s *server) { s.drain = 100 * time.Millisecond })
	r.waitVersion(1)
	go func() {
		conn, err := net.Dial("tcp", r.addr())
		if err == nil {
			_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}
	}()
	<-entered
	must(t, r.stop())
	if !strings.Contains(r.logs.String(), "requests were cut off") {
		t.Error("the log doesn't say so")
	}
}

func TestInheritedListenerIsUsed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	r.config.Listen, r.config.Listener = "", listener
	r.start()
	r.waitVersion(1)
	var info Info
	must(t, json.Unmarshal([]byte(r.admin("/v1/info").body), &info))
	if info.Listen != listener.Addr().String() || info.Version != 1 || info.Routes != 1 || !info.Connected || info.LastHeardAt == nil {
		t.Errorf("info is %+v", info)
	}
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
}

func TestSecondEdgeOnTheSameAdminSocketIsRefused(t *testing.T) {
	t.Parallel()
	r := setup(t)
	if err := Run(context.Background(), r.config); err == nil || !strings.Contains(err.Error(), "another edge is answering") {
		t.Errorf("got %v", err)
	}
	r.admin("/healthz").want(t, 200, "ok")
}

func TestStaleAdminSocketIsTakenOverAndAFileIsNot(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: r.config.AdminSocket, Net: "unix"})
	must(t, err)
	dead.SetUnlinkOnClose(false)
	must(t, dead.Close())
	r.start()
	r.admin("/healthz").want(t, 200, "ok")
	info, err := os.Stat(r.config.AdminSocket)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}

	other := newRig(t)
	must(t, os.WriteFile(other.config.AdminSocket, []byte("precious"), 0o600))
	if err := Run(context.Background(), other.config); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("got %v", err)
	}
}

func TestPortInUseIsOneSentenceAndLeavesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer taken.Close()
	r.config.Listen = taken.Addr().String()
	if err := Run(context.Background(), r.config); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(r.config.AdminSocket); err == nil {
		t.Error("the admin socket was left behind")
	}
}

func TestSettingsThatCannotWorkAreNamed(t *testing.T) {
	t.Parallel()
	good := newRig(t).config
	for want, spoil := range map[string]func(*Config){
		`listen address "nonsense"`:       func(c *Config) { c.Listen = "nonsense" },
		`control URL "ftp://x"`:           func(c *Config) { c.ControlURL = "ftp://x" },
		`control URL "http://x/path"`:     func(c *Config) { c.ControlURL = "http://x/path" },
		`token file "token"`:              func(c *Config) { c.TokenFile = "token" },
		`state directory ""`:              func(c *Config) { c.StateDir = "" },
		"a path of at most 107 bytes":     func(c *Config) { c.AdminSocket = "/" + strings.Repeat("x", 200) },
		`base domain "Longhouse.EXAMPLE"`: func(c *Config) { c.BaseDomain = "Longhouse.EXAMPLE" },
		`edge name "two words"`:           func(c *Config) { c.Name = "two words" },
		"a logger is needed":              func(c *Config) { c.Log = nil },
	} {
		c := good
		spoil(&c)
		if err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestControlURLsWithCredentialsAreNotRepeated(t *testing.T) {
	t.Parallel()
	c := Config{ControlURL: "http://user:SECRET@control", Log: slog.Default(), StateDir: filepath.Clean("/x")}
	if err := c.Validate(); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("got %v", err)
	}
}

func TestMetricsCountWithoutNamingWorkspaces(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(4, r.instance("acme", says("here")), r.instance("globex", echoSocket))
	r.start()
	r.waitVersion(4)
	for range 3 {
		r.get("acme.longhouse.localhost", "/").want(t, 200, "")
	}
	r.get("never.longhouse.localhost", "/").want(t, 404, "")
	socket, _ := r.dialSocket("globex.longhouse.localhost")
	_, _, err := socket.ReadMessage()
	must(t, err)
	if text := r.admin("/metrics").body; !strings.Contains(text, "longhouse_edge_web_sockets 1\n") {
		t.Errorf("the web socket is not counted: %s", text)
	}
	must(t, socket.Close())
	eventually(t, "the web socket's end is counted", func() bool {
		return strings.Contains(r.admin("/metrics").body, "longhouse_edge_web_sockets_ended_total 1\n")
	})
	r.waitConfirmed(4)
	eventually(t, "all are counted", func() bool {
		return strings.Contains(r.admin("/metrics").body, "longhouse_edge_request_duration_seconds_count 4\n")
	})
	text := r.admin("/metrics").body
	for _, line := range []string{`longhouse_edge_requests_total{code="2xx"} 3`, `longhouse_edge_requests_total{code="4xx"} 1`,
		`longhouse_edge_refusals_total{reason="unknown_host"} 1`, "longhouse_edge_routes 2", "longhouse_edge_route_version 4",
		"longhouse_edge_feed_connected 1", "longhouse_edge_caught_up 1", "longhouse_edge_fenced 0", "longhouse_edge_confirmed_version 4", "longhouse_edge_requests_in_flight 0", `_bucket{le="+Inf"} 4`} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	if strings.Contains(text, "acme") {
		t.Error("a metric names a workspace")
	}
}
