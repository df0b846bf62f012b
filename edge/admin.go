package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/internal/unixsocket"
)

// Info is what GET /v1/info on the admin socket answers.
type Info struct {
	Listen      string     `json:"listen"`               // host:port that clients reach
	ListenTLS   string     `json:"listen_tls,omitempty"` // the same for https; empty without it
	HTTP3       bool       `json:"http3"`                // at the UDP port of the same number
	Edge        string     `json:"edge"`                 // edg_...
	Name        string     `json:"name"`
	Version     int64      `json:"version"`   // of the route table
	Confirmed   int64      `json:"confirmed"` // version that the control plane knows of
	CaughtUp    bool       `json:"caught_up"` // clients are let in
	Fenced      bool       `json:"fenced"`
	Routes      int        `json:"routes"` // workspaces in it
	WebSockets  int64      `json:"web_sockets"`
	Connected   bool       `json:"connected"`     // to the control plane
	LastHeardAt *time.Time `json:"last_heard_at"` // null is never
}

// adminHandler is for the machine's own operator; whoever may open the socket may ask.
func (s *server) adminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.keeper.table.Ready() {
			http.Error(w, "no routes yet, neither from disk nor from the control plane", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /v1/info", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.info()) // the asker has left
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		s.metrics.write(w, s.access, s.keeper.table, s.tunnels, s.keeper, s.follower)
		single(w, "longhouse_edge_retries_total", "counter", "Times that a request was tried again.", s.retries.retried.Load())
		single(w, "longhouse_edge_held_requests", "gauge", "Requests that wait for their workspace to wake up.", s.wakes.places.count())
		single(w, "longhouse_edge_wakes_asked_total", "counter", "Times that the control plane took the wish to have a workspace woken.", s.wakes.asked.Load())
		s.wakes.took.write(w, "longhouse_edge_wake_seconds", "Time that requests were held until their workspace was awake.")
		single(w, "longhouse_edge_uses_told_timestamp_seconds", "gauge", "When the control plane was last told which workspaces are used; 0 is never.",
			float64(s.teller.told.Load())/float64(time.Second))
		single(w, "longhouse_edge_connections", "gauge", "Open connections of clients.", s.listener.count())
		single(w, "longhouse_edge_turned_away_total", "counter", "Connections for which there was no room.", s.turnedAway())
		s.handover.write(w, time.Now())
		s.secure.write(w)
		s.http3.write(w)
		if err := telemetry.Write(w, s.registry); err != nil {
			s.log.Error("figures are left out", "error", err)
		}
	})
	return mux
}

func (s *server) info() Info {
	caughtUp, fenced := s.barrier.stands()
	info := Info{
		Edge: s.follower.identity.Edge, Name: s.follower.identity.Name, Confirmed: s.follower.confirmer.confirmed.Load(), CaughtUp: caughtUp, Fenced: fenced,
		Listen: s.listener.Addr().String(), Version: s.keeper.table.Version(), Routes: s.keeper.table.Len(),
		WebSockets: s.tunnels.count(), Connected: s.follower.connected.Load(),
	}
	if s.secure != nil {
		info.ListenTLS = s.secure.listener.Addr().String()
		info.HTTP3 = s.http3 != nil && s.http3.offered.Load()
	}
	if heard := s.follower.lastHeard.Load(); heard != 0 {
		at := time.Unix(0, heard).UTC()
		info.LastHeardAt = &at
	}
	return info
}

// listenAdmin takes over the socket that a killed edge left behind, and that of a live one only when it also shares that
// one's listener: then it is there to take its place.
func listenAdmin(ctx context.Context, path string, shares bool) (net.Listener, error) {
	dialer := net.Dialer{Timeout: time.Second}
	if conn, err := dialer.DialContext(ctx, "unix", path); err == nil {
		_ = conn.Close()
		if !shares {
			return nil, fmt.Errorf("another edge is answering on the admin socket %s", path)
		}
	}
	if info, err := os.Lstat(path); err == nil && info.Mode().Type() != fs.ModeSocket {
		return nil, fmt.Errorf("admin socket %s: a file that is no socket is in its place", path)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("remove the stale admin socket: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen on the admin socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("close the admin socket to others: %w", err), listener.Close())
	}
	return unixsocket.Own(listener.(*net.UnixListener), path)
}
