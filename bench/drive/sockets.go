package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// sockets: what idle websocket clients cost in memory of the first watched process tree. They are several to a user, and say nothing.
func (w *world) sockets(ctx context.Context) ([]result, error) {
	if len(w.watch) == 0 {
		return nil, errors.New("nothing is watched: name the server with -watch")
	}
	const perUser = 8
	users := min((w.cfg.sockets+perUser-1)/perUser, len(w.users))
	clients, err := w.sessions(ctx, users)
	if err != nil {
		return nil, err
	}
	var conns []*websocket.Conn
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	url := "ws" + strings.TrimPrefix(strings.TrimRight(w.cfg.url, "/"), "http") + "/api/v4/websocket"
	dialer := &websocket.Dialer{HandshakeTimeout: 15 * time.Second, ReadBufferSize: 512, WriteBufferSize: 512}
	var before, after int
	r := w.measure(ctx, "sockets", fmt.Sprintf("clients=%d", w.cfg.sockets), func() (*recorder, time.Duration) {
		var rec recorder
		start := time.Now()
		before = sample(w.watch, true)[0].RSSkB
		for i := range w.cfg.sockets {
			t := time.Now()
			conn, _, err := dialer.DialContext(ctx, url, http.Header{"Authorization": {"Bearer " + clients[i%users].AuthToken}})
			if err == nil {
				conns = append(conns, conn)
				_, _, err = conn.ReadMessage() // the greeting
			}
			if err != nil {
				rec.fail(err)
				continue
			}
			rec.ok(time.Since(t))
		}
		sleep(ctx, 3*time.Second) // let presence events pass
		after = sample(w.watch, true)[0].RSSkB
		return &rec, time.Since(start)
	})
	r.Values = map[string]float64{"rss_before_kib": float64(before), "rss_after_kib": float64(after)}
	if n := len(conns); n > 0 {
		r.Values["kib_per_socket"] = round(float64(after-before) / float64(n))
	}
	return []result{r}, nil
}
