package certs

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Run renews what is due and forgets what is gone, until ctx ends. Then it ends what handshakes began.
func (e *Certs) Run(ctx context.Context) {
	tick := time.NewTicker(e.every)
	defer tick.Stop()
	defer e.close()
	defer context.AfterFunc(ctx, e.stop)() // what is under way ends too
	e.running.Go(func() { e.heedAll(ctx) })
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if !e.hosts.Ready() {
			continue
		}
		e.renewDue(ctx)
		e.forget()
	}
}

func (e *Certs) close() {
	e.stop()
	e.running.Wait()
	e.shared.client.CloseIdleConnections()
}

// renewDue goes through what is held. The old certificate is served until the new one is there; connections that are open keep theirs.
func (e *Certs) renewDue(ctx context.Context) {
	var work sync.WaitGroup
	defer work.Wait()
	e.held.Range(func(key, value any) bool {
		host, c := key.(string), value.(*certificate)
		switch {
		case !e.wanted(host):
			e.drop(host)
			e.trouble.forget(host)
		case c.NeedsRenewal(e.by(host)) && e.trouble.with(host, time.Now()) == nil:
			work.Go(func() { _, _ = e.work(host, e.renew) }) // work has noted how it ended
		case len(c.Leaf.OCSPServer) > 0: // what the issuer says of it is good for some days
			work.Go(func() { _, _ = e.work(host, e.refresh) })
		}
		return ctx.Err() == nil
	})
}

// forget removes from disk, with their keys, the certificates of hosts that are gone. What edges share of them the control plane
// removes.
func (e *Certs) forget() {
	dir, entries := e.folders()
	for _, entry := range entries {
		if host := strings.Replace(entry.Name(), "wildcard_", "*", 1); !e.wanted(host) {
			if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
				e.log.Error("the TLS certificate of a host that is gone stays on disk", "host", host, "error", err)
			}
		}
	}
}
