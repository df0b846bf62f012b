package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/mattermost/mattermost/server/public/model"
)

// fanout: K users listen in one channel over websockets; another one posts,
// one message at a time, each once the last has reached everybody. The clock
// starts at the CreatePost call and stops when a listener has decoded the
// "posted" event.
func (w *world) fanout(ctx context.Context) ([]result, error) {
	var out []result
	for _, k := range w.cfg.fanout {
		r, err := w.fanoutK(ctx, k)
		if err != nil {
			return out, fmt.Errorf("%d clients: %w", k, err)
		}
		out = append(out, r)
		if ctx.Err() != nil {
			break
		}
	}
	return out, nil
}

func (w *world) fanoutK(ctx context.Context, k int) (result, error) {
	ch, err := w.channel(ctx, fmt.Sprintf("fan%d", k))
	if err != nil {
		return result{}, err
	}
	clients, err := w.sessions(ctx, k+1)
	if err != nil {
		return result{}, err
	}
	if err := w.join(ctx, k+1, ch); err != nil {
		return result{}, err
	}
	sender := clients[k]

	// One nonce is in flight at a time; a listener reports each message once.
	type arrival struct{ at time.Time }
	nonce := new(atomic.Pointer[string])
	empty := ""
	nonce.Store(&empty)
	arrivals := make(chan arrival, 4*k+16)
	var lost atomic.Int64 // listeners whose connection ended
	listen := func(ws *model.WebSocketClient, hello chan<- struct{}) {
		greeted, last := false, ""
		for ws.EventChannel != nil {
			select {
			case ev, open := <-ws.EventChannel:
				if !open {
					lost.Add(1)
					return
				}
				switch ev.EventType() {
				case model.WebsocketEventHello:
					if !greeted {
						greeted = true
						hello <- struct{}{}
					}
				case model.WebsocketEventPosted:
					body, _ := ev.GetData()["post"].(string)
					if n := *nonce.Load(); n != "" && n != last && strings.Contains(body, n) {
						last = n
						arrivals <- arrival{time.Now()}
					}
				}
			case <-ws.ResponseChannel:
			case <-ws.PingTimeoutChannel:
			}
		}
	}

	hello := make(chan struct{}, k)
	socks := make([]*model.WebSocketClient, k)
	defer func() {
		for _, ws := range socks {
			if ws != nil {
				ws.Close()
			}
		}
	}()
	wsURL := "ws" + strings.TrimPrefix(strings.TrimRight(w.cfg.url, "/"), "http")
	dialer := &websocket.Dialer{HandshakeTimeout: 15 * time.Second}
	connect := time.Now()
	if err := forEach(ctx, 8, k, func(i int) error {
		ws, err := model.NewWebSocketClient4WithDialer(dialer, wsURL, clients[i].AuthToken)
		if err != nil {
			return err
		}
		socks[i] = ws
		ws.Listen()
		go listen(ws, hello)
		return nil
	}); err != nil {
		return result{}, fmt.Errorf("connect: %w", err)
	}
	deadline := time.After(30 * time.Second)
	for range k {
		select {
		case <-hello:
		case <-deadline:
			return result{}, errors.New("not every websocket client was greeted")
		case <-ctx.Done():
			return result{}, ctx.Err()
		}
	}
	connected := time.Since(connect)
	sleep(ctx, 3*time.Second) // let presence events pass

	var each []time.Duration
	var call recorder
	missing := 0
	run := fmt.Sprintf("%08x", rand.Uint32())
	r := w.measure(ctx, "fanout", fmt.Sprintf("clients=%d", k), func() (*recorder, time.Duration) {
		var rec recorder
		start := time.Now()
		stop := start.Add(w.cfg.duration + time.Duration(w.cfg.fanoutMsgs)*w.cfg.fanoutGap*3)
		for i := 0; i < w.cfg.fanoutMsgs && ctx.Err() == nil && time.Now().Before(stop); i++ {
			n := fmt.Sprintf("nonce-%s-%06d", run, i)
			nonce.Store(&n)
			t := time.Now()
			posted := make(chan error, 1)
			go func() {
				_, _, err := sender.CreatePost(ctx, &model.Post{ChannelId: ch.Id, Message: n + " " + message(i)})
				if err == nil {
					call.ok(time.Since(t))
				}
				posted <- err
			}()
			got, last, failed := 0, time.Duration(0), false
			wait := time.NewTimer(10 * time.Second)
			for got < k && !failed {
				select {
				case a := <-arrivals:
					got++
					d := a.at.Sub(t)
					each = append(each, d)
					last = max(last, d)
				case err := <-posted:
					if err != nil {
						rec.fail(err)
						failed = true
					}
					posted = nil
				case <-wait.C:
					rec.fail(fmt.Errorf("not received by all within 10 s"))
					missing += k - got
					failed = true
				case <-ctx.Done():
					failed = true
				}
			}
			wait.Stop()
			if !failed {
				rec.ok(last)
			}
			if posted != nil {
				select { // do not overlap two calls
				case <-posted:
				case <-time.After(10 * time.Second):
				}
			}
			nonce.Store(&empty)
			sleep(ctx, w.cfg.fanoutGap)
		}
		return &rec, time.Since(start)
	})
	r.More = map[string]summary{
		"each_delivery":        summarize(each),
		"create_post_response": summarize(call.lat),
	}
	r.Values = map[string]float64{
		"connect_all_s":      round(connected.Seconds()),
		"missing_deliveries": float64(missing),
		"lost_connections":   float64(lost.Load()),
	}
	return r, nil
}
