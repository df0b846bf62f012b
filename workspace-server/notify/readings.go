package notify

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Reading is that somebody has read a channel, or a thread of it; without a channel, that the number of what they have not read changed.
type Reading struct {
	User, Session id.ID // the session needs not be told
	Channel, Root id.ID
	Concerned     bool // something of it concerned them, so that their phones may show it
}

const mostReadings = 1000

// Read has the reader's other phones show no longer what was read. It doesn't wait, and keeps nothing: a phone that misses it learns when it is opened.
func (c *Crier) Read(list ...Reading) {
	if !c.Pushes() || len(list) == 0 {
		return
	}
	c.mu.Lock()
	for _, r := range list {
		if len(c.read) < mostReadings {
			c.read[r] = struct{}{}
		}
	}
	c.mu.Unlock()
	c.seen.Ring()
}

// clearing is one of a reader's phones, and what it is to show no longer.
type clearing struct {
	device string
	push   wire.PushNotification
}

// TellReadings tells phones what was read, once.
func (c *Crier) TellReadings(ctx context.Context) error {
	c.mu.Lock()
	read := c.read
	c.read = map[Reading]struct{}{}
	c.mu.Unlock()
	var users []id.ID
	for r := range read {
		users = append(users, r.User)
	}
	if len(users) == 0 {
		return nil
	}
	phones, err := c.DB.DevicesOf(ctx, dbsql.DevicesOfParams{Users: users, Now: c.Now.Millis()})
	if err != nil || len(phones) == 0 {
		return err
	}
	badges, err := c.badges(ctx, users)
	if err != nil {
		return err
	}
	var list []clearing
	for r := range read {
		for _, phone := range phones {
			if phone.UserID == r.User && phone.ID != r.Session && (r.Concerned || phone.ToldAll) {
				list = append(list, clearing{phone.DeviceID, c.clear(r, badges[r.User])})
			}
		}
	}
	all(sendersMost, list, func(to clearing) {
		if said, err := c.send(ctx, to.device, to.push); err == nil { // a failure was logged where it happened
			c.forget(ctx, said, to.device)
		}
	})
	return nil
}

func (c *Crier) clear(r Reading, badge int) wire.PushNotification {
	n := wire.PushNotification{AckID: id.New(), Type: "clear", Version: version, ServerID: c.Identity.DiagnosticID, ChannelID: r.Channel, RootID: r.Root,
		ContentAvailable: 1, Badge: badge, IsCRTEnabled: true}
	if r.Channel.IsZero() {
		n.Type = "update_badge"
	}
	return n
}
