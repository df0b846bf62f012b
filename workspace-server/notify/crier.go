// Package notify owns who is told of a post who is not looking, and by what: a phone, through the original's push proxy, or a letter of all that they
// missed. What is owed is in the database until it is sent. It never sends mail itself, and never tells clients that are connected.
package notify

import (
	"log/slog"
	"sync"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/throttle"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
)

// Crier tells people of posts.
type Crier struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Now      clock.Clock
	Log      *slog.Logger
	Mail     *mail.Outbox
	Users    *users.Directory
	Channels *channels.Directory
	Posts    *posts.Log
	Identity config.Identity

	Config *config.Book

	proxy *outbound.Client // nil: phones are told nothing
	pause backoff.Doubling
	known devices

	posted guard.Bell // somebody may have to be told of a post
	owed   guard.Bell // a push may be due
	mailed guard.Bell // a letter may be due earlier than was known

	mu   sync.Mutex
	read map[Reading]struct{} // of what phones are told next
	seen guard.Bell           // there is some
}

// NewCrier makes a crier that tells what Run finds owed.
func NewCrier(c *Crier, dial broker.Dial) *Crier {
	c.pause = backoff.Doubling{First: firstPause, Most: longestPause}
	c.posted, c.owed, c.mailed, c.seen = guard.NewBell(), guard.NewBell(), guard.NewBell(), guard.NewBell()
	c.read = map[Reading]struct{}{}
	c.known = devices{can: map[string]answered{}, asked: throttle.New(asksASecond, asksAtOnce, 1)}
	if c.Pushes() {
		c.proxy = outbound.NewSteady(c.Config.Settings().Push.Reach(), dial, c.Log)
	}
	return c
}

// Pushes reports whether phones are told of posts.
func (c *Crier) Pushes() bool { return c.Config.Settings().Push.Proxy != nil }

// Mails reports whether people are told by mail.
func (c *Crier) Mails() bool { return c.Config.Settings().Mail.Notifications && c.Mail.Works() }

// mayMail says whether somebody is written to, whose address is theirs for all that is known.
func (c *Crier) mayMail(verified bool) bool {
	return c.Mails() && (verified || !c.Config.Settings().Mail.Confirmed)
}

// Posted says that somebody may have to be told of a post. It doesn't wait.
func (c *Crier) Posted() { c.posted.Ring() }
