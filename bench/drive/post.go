package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// post: closed-loop CreatePost, each worker a user of its own, spread over
// the channels. Nobody is listening.
func (w *world) post(ctx context.Context) ([]result, error) {
	most := 0
	for _, n := range w.cfg.postConc {
		most = max(most, n)
	}
	clients, err := w.sessions(ctx, most)
	if err != nil {
		return nil, err
	}
	if err := w.join(ctx, most, w.channels...); err != nil {
		return nil, err
	}
	var out []result
	for _, n := range w.cfg.postConc {
		out = append(out, w.measure(ctx, "post", fmt.Sprintf("conc=%d", n), func() (*recorder, time.Duration) {
			return closedLoop(ctx, n, w.cfg.warmup, w.cfg.duration, func(ctx context.Context, worker, i int) error {
				ch := w.channels[(worker+i)%len(w.channels)]
				_, _, err := clients[worker].CreatePost(ctx, &model.Post{ChannelId: ch.Id, Message: message(i*n + worker)})
				return err
			})
		}))
		if ctx.Err() != nil {
			break
		}
	}
	return out, nil
}

// read: the newest page of a channel, over and over.
func (w *world) read(ctx context.Context) ([]result, error) {
	n, page := w.cfg.readConc, w.cfg.readPage
	clients, err := w.sessions(ctx, n)
	if err != nil {
		return nil, err
	}
	if err := w.join(ctx, n, w.channels...); err != nil {
		return nil, err
	}
	if err := forEach(ctx, 4, len(w.channels), func(i int) error { return w.fill(ctx, clients[0], w.channels[i], page) }); err != nil {
		return nil, err
	}
	var short atomic.Int64
	r := w.measure(ctx, "read", fmt.Sprintf("conc=%d page=%d", n, page), func() (*recorder, time.Duration) {
		return closedLoop(ctx, n, w.cfg.warmup, w.cfg.duration, func(ctx context.Context, worker, i int) error {
			ch := w.channels[(worker+i)%len(w.channels)]
			l, _, err := clients[worker].GetPostsForChannel(ctx, ch.Id, 0, page, "", false, false)
			if err == nil && len(l.Order) < page {
				short.Add(1)
			}
			return err
		})
	})
	r.Values = map[string]float64{"short_pages": float64(short.Load())}
	return []result{r}, nil
}

// fill posts until a channel has a full page.
func (w *world) fill(ctx context.Context, c *model.Client4, ch *model.Channel, page int) error {
	l, _, err := c.GetPostsForChannel(ctx, ch.Id, 0, page, "", false, false)
	if err != nil {
		return err
	}
	for i := len(l.Order); i < page; i++ {
		if _, _, err := c.CreatePost(ctx, &model.Post{ChannelId: ch.Id, Message: message(i)}); err != nil {
			return err
		}
	}
	return nil
}
