// Package drain ends HTTP servers without dropping a request. net/http's own Shutdown closes a connection that was let in
// and whose request it has not read yet, without an answer. It never decides when a server ends.
package drain

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// patience is how long a client that was let in may take to send its request once the server is ending.
const patience = 5 * time.Second

// Server is an HTTP server that drains in Shutdown.
type Server struct {
	*http.Server
	mu    sync.Mutex
	fresh map[*visit]bool // connections that have not asked anything yet
	empty chan struct{}   // closed while draining, once there are none
	gate  *gate
}

// visit is a connection that was let in. It has a size, so that no two have the same address.
type visit struct{ _ byte }

type visitKey struct{}

// New prepares a server that is not used otherwise. Its hook for connections' states must be free; the one for their contexts is
// called as before.
func New(server *http.Server) *Server {
	if server.ConnState != nil {
		panic("drain: the server's hook is taken")
	}
	described := server.ConnContext
	s := &Server{Server: server, fresh: map[*visit]bool{}}
	byConn := sync.Map{}
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		v := &visit{}
		byConn.Store(c, v)
		s.enter(v)
		if described != nil {
			ctx = described(ctx, c)
		}
		return context.WithValue(ctx, visitKey{}, v)
	}
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed || state == http.StateHijacked {
			if v, ok := byConn.LoadAndDelete(c); ok {
				s.leave(v.(*visit))
			}
		}
	}
	handler := server.Handler
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
			s.leave(v)
		}
		handler.ServeHTTP(w, r)
	})
	return s
}

func (s *Server) enter(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fresh[v] = true
}

// leave is also called for visits that have left before.
func (s *Server) leave(v *visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.fresh, v)
	if s.empty != nil && len(s.fresh) == 0 {
		close(s.empty)
		s.empty = nil
	}
}

// Serve is http.Server.Serve. It may be called once.
func (s *Server) Serve(l net.Listener) error {
	g := &gate{Listener: l, shut: make(chan struct{}), parked: make(chan struct{}), over: make(chan struct{})}
	s.mu.Lock()
	s.gate = g
	s.mu.Unlock()
	return s.Server.Serve(g)
}

// Shutdown lets nobody in any more, waits a little for the requests of those who were let in, and then is
// http.Server.Shutdown.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	g := s.gate
	s.mu.Unlock()
	if g != nil {
		g.close()
		s.settle(ctx)
	}
	return s.Server.Shutdown(ctx)
}

func (s *Server) settle(ctx context.Context) {
	s.mu.Lock()
	if len(s.fresh) == 0 {
		s.mu.Unlock()
		return
	}
	empty := make(chan struct{})
	s.empty = empty
	s.mu.Unlock()
	select {
	case <-empty:
	case <-ctx.Done():
	case <-time.After(patience):
	}
}
