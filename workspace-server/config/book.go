package config

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Book is how a workspace is configured now: by its environment, and where that leaves it open by its admins.
type Book struct {
	DB  *store.DB
	Now clock.Clock
	Log *slog.Logger

	base Settings // without what admins decided
	who  Identity
	mu   sync.Mutex // of those who turn the page
	page atomic.Pointer[page]
}

// page is the configuration of one version.
type page struct {
	settings Settings
	version  int64
	header   string
}

// decided is what admins have decided, by the full names of settings.
type decided map[string]json.RawMessage

// NewBook is a book that says what the environment does, until it is read.
func NewBook(db *store.DB, now clock.Clock, log *slog.Logger, base Settings, who Identity) *Book {
	b := &Book{DB: db, Now: now, Log: log, base: base, who: who}
	b.page.Store(&page{settings: base, header: who.header(nil)})
	return b
}

// Settings are the configuration as it is now, to be read and not changed. Asking again may answer another one.
func (b *Book) Settings() *Settings { return &b.page.Load().settings }

// VersionHeader is X-Version-Id: when it changes, web clients fetch the configuration anew.
func (b *Book) VersionHeader() string { return b.page.Load().header }

// Told is what clients that are signed in are told when the configuration has changed.
type Told struct {
	Config Client `json:"config"`
}

// Told is what they are told now.
func (b *Book) Told() Told { return Told{Config: b.Client(true, false)} }

// Document is the whole configuration as a system admin may see it, and its version as an entity tag.
func (b *Book) Document() (Document, string) {
	p := b.page.Load()
	return p.settings.Document(), tag(p.version)
}

// Client is what a client that is signed in is told, or anybody.
func (b *Book) Client(signedIn, noAccounts bool) Client {
	if signedIn {
		return b.Settings().ForUsers(b.who, noAccounts)
	}
	return b.Settings().ForAnybody(b.who, noAccounts)
}

// Read takes what admins have decided from the database.
func (b *Book) Read(ctx context.Context) error {
	row, err := b.DB.Configuration(ctx)
	if store.Missing(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	var all decided
	if err := json.Unmarshal(row.Settings, &all); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	b.turn(row.Version, all)
	return nil
}

// turn makes a version the one that holds, unless a later one does.
func (b *Book) turn(version int64, all decided) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if version <= b.page.Load().version {
		return
	}
	settings, ignored := b.base.with(all)
	for _, name := range ignored {
		b.Log.Warn("a setting of the workspace is ignored: it is not allowed any more", "setting", name)
	}
	b.page.Store(&page{settings: settings, version: version, header: b.who.header(all)})
}

// with is the settings with what admins have decided of those that the environment leaves open. What is not allowed any more, or comes of a later
// release, is ignored.
func (s Settings) with(all decided) (_ Settings, ignored []string) {
	for _, one := range changeable {
		v, is := all[one.full()]
		if is && !s.fixed(one.section, one.name) && one.set(&s, v) != "" {
			ignored = append(ignored, one.full())
		}
	}
	s.bound()
	return s, ignored
}

// header is what clients are told by VersionHeader. It is the same on all instances, in all releases and environments, until admins decide
// something else.
func (i Identity) header(all decided) string {
	hash := i.ConfigHash
	if len(all) > 0 {
		sum := sha256.Sum256(append([]byte(hash), encoded(all)...))
		hash = hex.EncodeToString(sum[:13])
	}
	return Version + "." + Version + "." + hash + ".true"
}

// lock reads what admins have decided, for a change that nobody else makes meanwhile.
func (b *Book) lock(ctx context.Context, q *dbsql.Queries) (version int64, all decided, err error) {
	if err := q.BeginConfiguration(ctx, b.Now.Millis()); err != nil {
		return 0, nil, err
	}
	row, err := q.LockConfiguration(ctx)
	if err == nil {
		err = json.Unmarshal(row.Settings, &all)
	}
	return row.Version, all, err
}
