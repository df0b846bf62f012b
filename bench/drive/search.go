package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// search: full-text search over many posts.
func (w *world) search(ctx context.Context) ([]result, error) {
	var out []result
	const spread = 4
	var chs []*model.Channel
	have := 0
	for i := range spread {
		ch, err := w.channel(ctx, fmt.Sprintf("s%03d", i))
		if err != nil {
			return nil, err
		}
		chs = append(chs, ch)
		have += int(ch.TotalMsgCount)
	}
	most := w.cfg.preloadConc
	for _, n := range w.cfg.searchConc {
		most = max(most, n)
	}
	clients, err := w.sessions(ctx, most)
	if err != nil {
		return nil, err
	}
	if err := w.join(ctx, most, chs...); err != nil {
		return nil, err
	}
	if want := w.cfg.preload - have; want > 0 {
		r := w.measure(ctx, "preload", fmt.Sprintf("conc=%d", w.cfg.preloadConc), func() (*recorder, time.Duration) {
			var rec recorder
			var next atomic.Int64
			start := time.Now()
			stop := start.Add(w.cfg.preloadMax)
			var wg sync.WaitGroup
			for worker := range w.cfg.preloadConc {
				wg.Add(1)
				go func() {
					defer wg.Done()
					for ctx.Err() == nil && time.Now().Before(stop) {
						i := int(next.Add(1)) - 1
						if i >= want {
							return
						}
						i += have
						t := time.Now()
						_, _, err := clients[worker].CreatePost(ctx, &model.Post{ChannelId: chs[i%spread].Id, Message: message(i)})
						if err != nil {
							rec.fail(err)
							time.Sleep(10 * time.Millisecond)
							continue
						}
						rec.ok(time.Since(t))
					}
				}()
			}
			wg.Wait()
			return &rec, time.Since(start)
		})
		out = append(out, r)
		have += r.Ops
		sleep(ctx, 5*time.Second)
	}
	for _, n := range w.cfg.searchConc {
		if ctx.Err() != nil {
			break
		}
		r := w.searchN(ctx, n, have, clients)
		out = append(out, r)
	}
	return out, nil
}

func (w *world) searchN(ctx context.Context, conc, posts int, clients []*model.Client4) result {
	byKind := make([]recorder, len(queryKinds))
	hits := make([]atomic.Int64, len(queryKinds))
	r := w.measure(ctx, "search", fmt.Sprintf("conc=%d posts=%d", conc, posts), func() (*recorder, time.Duration) {
		var all recorder
		start := time.Now()
		stop := start.Add(4 * w.cfg.duration)
		var next atomic.Int64
		var wg sync.WaitGroup
		for worker := range conc {
			wg.Add(1)
			go func() {
				defer wg.Done()
				for ctx.Err() == nil && time.Now().Before(stop) {
					i := int(next.Add(1)) - 1
					if i >= w.cfg.searchN*len(queryKinds) {
						return
					}
					kind := i % len(queryKinds)
					q := queryKinds[kind].make(rand.New(rand.NewPCG(uint64(i), 11)), posts)
					t := time.Now()
					l, _, err := clients[worker].SearchPosts(ctx, w.team.Id, q, false)
					if err != nil {
						all.fail(err)
						continue
					}
					d := time.Since(t)
					all.ok(d)
					byKind[kind].ok(d)
					hits[kind].Add(int64(len(l.Order)))
				}
			}()
		}
		wg.Wait()
		return &all, time.Since(start)
	})
	r.More, r.Values = map[string]summary{}, map[string]float64{"posts": float64(posts)}
	for i, k := range queryKinds {
		r.More[k.name] = summarize(byKind[i].lat)
		if n := len(byKind[i].lat); n > 0 {
			r.Values["hits_"+k.name] = round(float64(hits[i].Load()) / float64(n))
		}
	}
	return r
}
