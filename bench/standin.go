package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/authority"
)

const standInDomain = "longhouse.localhost"

// standIn is a control plane as far as an edge sees it: the stream of routes, where it confirms, and TLS certificates. It has no
// database, so that what is measured is the edge.
type standIn struct {
	server *http.Server
	url    string
	signer *authority.Authority

	mu       sync.Mutex
	version  int64
	snapshot []byte // its line
	changes  [][]byte
	changed  chan struct{}
	told     int64 // the newest version that the edge confirmed
	values   map[string][]byte
}

// startStandIn has an edge learn these routes, each at the version of its place.
func startStandIn(routes []feed.Route) (*standIn, error) {
	snapshot, err := json.Marshal(feed.Message{Type: feed.KindSnapshot, Version: int64(len(routes)), History: "bench", BaseDomain: standInDomain, Routes: routes})
	if err != nil {
		return nil, err
	}
	key := [authority.KeySize]byte{7}
	root, err := authority.NewRoot(key, standInDomain, time.Now())
	if err != nil {
		return nil, err
	}
	s := &standIn{version: int64(len(routes)), snapshot: append(snapshot, '\n'), changed: make(chan struct{}), values: map[string][]byte{}}
	if s.signer, err = authority.Open(key, root); err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.url = "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+feed.Path, s.stream)
	mux.HandleFunc("POST "+feed.ConfirmationsPath, s.confirm)
	mux.HandleFunc(wire.ValuePath, s.value)
	mux.HandleFunc(wire.StatPath, s.stat)
	mux.HandleFunc(wire.KeysPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(wire.Keys{Keys: []string{}})
	})
	mux.HandleFunc(wire.LockPath, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc(wire.SignPath, s.sign)
	for _, told := range []string{feed.SegmentsPath, feed.LogStandingPath} { // read, and kept nowhere
		mux.HandleFunc("POST "+told, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusNoContent)
		})
	}
	mux.HandleFunc(wire.AsksPath, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(wire.Ask{ID: 1}) })
	mux.HandleFunc(wire.RevocationsPath, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(wire.Revocations{Revocations: []wire.Revocation{}})
	})
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

func (s *standIn) stop() { _ = s.server.Close() }

// change has the edge learn a route.
func (s *standIn) change(r feed.Route) (version int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.Version = s.version + 1
	line, err := json.Marshal(feed.Message{Type: feed.KindChange, Version: r.Version, Route: &r})
	if err != nil {
		return 0, err
	}
	s.version = r.Version
	s.changes = append(s.changes, append(line, '\n'))
	close(s.changed)
	s.changed = make(chan struct{})
	return r.Version, nil
}

func (s *standIn) confirmed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

func (s *standIn) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", feed.ContentType)
	next := 0
	line := s.snapshot
	if r.URL.Query().Has(feed.SinceParam) {
		line = nil
	}
	beat := time.NewTicker(feed.HeartbeatEvery)
	defer beat.Stop()
	for first := true; ; first = false {
		s.mu.Lock()
		version, news, changed := s.version, s.changes[next:], s.changed
		s.mu.Unlock()
		next += len(news)
		if first || len(news) == 0 {
			if feed.Write(w, feed.Message{Type: feed.KindHeartbeat, Version: version, History: "bench"}) != nil {
				return
			}
		}
		for _, l := range append([][]byte{line}, news...) {
			_, _ = w.Write(l) // flushing will say
		}
		line = nil
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-changed:
		case <-beat.C:
		}
	}
}

func (s *standIn) confirm(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	c, err := feed.ParseConfirmation(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	s.mu.Lock()
	s.told = max(s.told, c.Version)
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (s *standIn) value(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get(wire.KeyParam)
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.values[key]
	switch {
	case r.Method == http.MethodPut:
		s.values[key] = bytes.Clone(body)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		delete(s.values, key)
		w.WriteHeader(http.StatusNoContent)
	case ok:
		_, _ = w.Write(value)
	default:
		http.NotFound(w, r)
	}
}

func (s *standIn) stat(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get(wire.KeyParam)
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.values[key]
	if !ok {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(wire.Stat{Key: key, Modified: time.Now(), Size: int64(len(value)), Final: true})
}

func (s *standIn) sign(w http.ResponseWriter, r *http.Request) {
	request, _ := io.ReadAll(r.Body)
	signed, err := s.signer.Sign(request, time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = w.Write(signed)
}

// rules are those of an office: few of them matter to one request, and all have to be kept.
func rules(n int) *feed.Filter {
	f := &feed.Filter{}
	for i := range n - 1 {
		f.Rules = append(f.Rules, feed.Rule{ID: fmt.Sprintf("ipr_%026d", i), Network: fmt.Sprintf("10.%d.0.0/16", i)})
	}
	f.Rules = append(f.Rules, feed.Rule{ID: "ipr_00000000000000000000000here", Network: "127.0.0.0/8"})
	return f
}

// routesTo are the routes of n workspaces with an IP filter each, all of one instance.
func routesTo(n int, socket string) []feed.Route {
	routes := make([]feed.Route, n)
	for i := range routes {
		routes[i] = feed.Route{WorkspaceID: fmt.Sprintf("ws_%026d", i), Version: int64(i + 1), Hosts: []string{hostOf(i)}, State: feed.StateServing,
			Upstream: feed.Upstream{Network: "unix", Address: socket}, PolicyVersion: 1, Filter: rules(10)}
	}
	return routes
}

func hostOf(i int) string { return fmt.Sprintf("workspace-%06d.%s", i, standInDomain) }

// hasTold returns an error until the edge has confirmed the version.
func (s *standIn) hasTold(version int64) error {
	if told := s.confirmed(); told < version {
		return fmt.Errorf("the edge has confirmed %d, not yet %d", told, version)
	}
	return nil
}
