package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	idleSockets = 1000
	// socketsSettle is how long memory has to come to rest after the sockets were opened.
	socketsSettle = 5 * time.Second
)

// socketsKept measures what the edge keeps for each of many idle web sockets, with TLS, and what nginx does. The edge has few routes, as the
// garbage that it leaves until it collects is in proportion to what it has.
func socketsKept(ctx context.Context, bin string) ([]Row, error) {
	dir, err := benchDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	hall := &socketHall{path: filepath.Join(dir, "hall.sock")}
	if err := hall.open(); err != nil {
		return nil, err
	}
	defer hall.close()
	control, err := startStandIn(routesTo(100, hall.path))
	if err != nil {
		return nil, err
	}
	defer control.stop()
	proxy, err := startProxy(ctx, dir, hall.path, control)
	defer proxy.stop()
	if err != nil {
		return nil, err
	}
	edge, err := prepareEdge(bin, dir, control)
	if err != nil {
		return nil, err
	}
	defer edge.stop()
	if err := edge.start(ctx); err != nil {
		return nil, err
	}
	ofEdge, err := socketMemory(ctx, edge.secure, func() ([]int, error) { return []int{edge.cmd.Process.Pid}, nil })
	if err != nil {
		return nil, err
	}
	ofNginx, err := socketMemory(ctx, proxy.listen, proxy.workers)
	return []Row{{"edge_ws_kib", ofEdge, "KiB", idleSockets}, {"nginx_ws_kib", ofNginx, "KiB", idleSockets}}, err
}

// socketMemory is what the processes grow by for each socket, in KiB of resident memory.
func socketMemory(ctx context.Context, address string, pids func() ([]int, error)) (float64, error) {
	dialer := &websocket.Dialer{TLSClientConfig: tlsConfig(""), ReadBufferSize: 512, WriteBufferSize: 512,
		NetDialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		}}
	open := func(i int) (*websocket.Conn, error) {
		host := hostOf(i % 100)
		dialer := *dialer
		dialer.TLSClientConfig = tlsConfig(host)
		conn, res, err := dialer.DialContext(ctx, "wss://"+host+"/api/v4/websocket", nil)
		if err != nil && res != nil {
			err = fmt.Errorf("web socket: %s: %w", res.Status, err)
		}
		return conn, err
	}
	for i := range 200 { // what the first ones cost: certificates, buffers that are used again
		conn, err := open(i)
		if err != nil {
			return 0, err
		}
		_ = conn.Close()
	}
	rest(ctx, socketsSettle)
	before, err := residentSum(pids)
	if err != nil {
		return 0, err
	}
	for i := range idleSockets {
		conn, err := open(i)
		if err != nil {
			return 0, err
		}
		defer conn.Close()
	}
	rest(ctx, socketsSettle)
	after, err := residentSum(pids)
	return (after - before) * 1024 / idleSockets, err
}

// residentSum is in MiB.
func residentSum(of func() ([]int, error)) (sum float64, err error) {
	pids, err := of()
	for _, pid := range pids {
		memory, wrong := resident(pid)
		sum, err = sum+memory, errors.Join(err, wrong)
	}
	return sum, err
}

// socketHall is an instance that takes web sockets and says nothing over them.
type socketHall struct {
	path   string
	server *http.Server
	mu     sync.Mutex
	held   []*websocket.Conn
}

func (h *socketHall) open() error {
	l, err := net.Listen("unix", h.path)
	if err != nil {
		return err
	}
	up := &websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 512, CheckOrigin: func(*http.Request) bool { return true }}
	h.server = &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return // which the other end was told
		}
		h.mu.Lock()
		h.held = append(h.held, conn)
		h.mu.Unlock()
		go func() {
			for err := error(nil); err == nil; {
				_, _, err = conn.ReadMessage()
			}
			_ = conn.Close()
		}()
	})}
	go func() { _ = h.server.Serve(l) }()
	return nil
}

func (h *socketHall) close() { _ = h.server.Close() }
