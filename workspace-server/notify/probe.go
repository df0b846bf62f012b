package notify

import (
	"context"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	asksASecond  = 2 // of the proxy, for phones that anybody names
	asksAtOnce   = 20
	mostKnown    = 1000
	knownFor     = 10 * time.Minute
	answerWithin = 3 * time.Second // who asks is about to open the program
)

// devices is what the proxy has said of phones lately, by the digests of what they are called.
type devices struct {
	asked *throttle.Limiter
	mu    sync.Mutex
	can   map[string]answered
}

type answered struct {
	word  string
	until time.Time
}

// CanReceive answers "true", "false" or "unknown": whether a phone can be told something, which the proxy is asked at times.
func (c *Crier) CanReceive(ctx context.Context, device string) string {
	const unknown = "unknown"
	if !c.Pushes() || len(device) > 512 {
		return unknown
	}
	now, key := c.Now(), string(id.Digest(device))
	c.known.mu.Lock()
	before, known := c.known.can[key]
	c.known.mu.Unlock()
	if known && before.until.After(now) {
		return before.word
	}
	if c.known.asked.Take("", now).Refused {
		return unknown
	}
	ctx, done := context.WithTimeout(ctx, answerWithin)
	defer done()
	said, _ := c.send(ctx, device, wire.PushNotification{AckID: id.New(), Type: "test", Version: version, ServerID: c.Identity.DiagnosticID})
	word := map[verdict]string{taken: "true", removed: "false"}[said]
	if word == "" {
		return unknown
	}
	c.known.keep(key, answered{word, now.Add(knownFor)})
	return word
}

func (d *devices) keep(key string, a answered) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.can) >= mostKnown {
		clear(d.can)
	}
	d.can[key] = a
}
