// Package previews owns what the links in posts lead to: it is fetched once for all, after the post was stored, kept in the database, and shown under
// every post that has the link. It never decides what is a link, nor lets anybody wait for a page.
package previews

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Kind is what a link leads to, by the protocol's words.
type Kind string

// The kinds of what links lead to.
const (
	Link  Kind = "link"      // nothing to show
	Page  Kind = "opengraph" // a page that says something of itself
	Image Kind = "image"
)

// Kinds are all kinds.
var Kinds = []Kind{Link, Page, Image}

const (
	mostWaiting = 64 // links at a time, of which a few are fetched
	atATime     = 2
	settleIn    = time.Minute // from its turn; another instance may try then
	goodFor     = 24 * time.Hour
	failedFor   = time.Hour
	keptFor     = 30 * 24 * time.Hour
	workWithin  = 10 * time.Minute // with its turn
)

// Shelf keeps what links lead to.
type Shelf struct {
	DB       *store.DB
	Now      clock.Clock
	Outbound *outbound.Client
	Config   *config.Book
	Log      *slog.Logger
	Tell     func(ctx context.Context, post id.ID) error // has a post shown again, once it shows more

	under chan struct{}
	turn  chan struct{}
	mu    sync.Mutex
	at    map[want]bool // what this instance is at
}

type want struct {
	link string
	post id.ID
}

// NewShelf completes a shelf.
func NewShelf(s *Shelf) *Shelf {
	s.under, s.turn, s.at = make(chan struct{}, mostWaiting), make(chan struct{}, atATime), map[want]bool{}
	return s
}

// Preview is what is known of a link.
type Preview struct {
	Kind   Kind
	Data   wire.OpenGraph
	Images wire.PostImages
	stale  bool
	at     int64
}

// Outdated reports whether a post that was written at a time should have it looked at again. Older posts show what they did.
func (p Preview) Outdated(writtenAt int64) bool { return p.stale && writtenAt > p.at }

// Known is what is known of links, by these.
func (s *Shelf) Known(ctx context.Context, links []string) (map[string]Preview, error) {
	hashes := make([][]byte, len(links))
	named := make(map[string]string, len(links))
	for i, link := range links {
		hashes[i] = hash(link)
		named[string(hashes[i])] = link
	}
	rows, err := s.DB.LinkPreviews(ctx, hashes)
	out := make(map[string]Preview, len(rows))
	for _, r := range rows {
		life := goodFor
		if r.Failed {
			life = failedFor
		}
		out[named[string(r.Hash)]] = Preview{Kind: Kind(r.Kind), Data: r.Data, Images: r.Images, at: r.FetchedAt, stale: r.FetchedAt <= s.Now().Add(-life).UnixMilli()}
	}
	return out, err
}

func hash(link string) []byte {
	sum := sha256.Sum256([]byte(link))
	return sum[:]
}

// Want has a link fetched for a post, which is shown again then. It doesn't wait; where too many are wanted, the post's next reader asks again.
func (s *Shelf) Want(link string, post id.ID) {
	w := want{link, post}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at[w] {
		return
	}
	select {
	case s.under <- struct{}{}:
		s.at[w] = true
		go s.work(w)
	default:
	}
}

func (s *Shelf) work(w want) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.at, w)
		<-s.under
	}()
	ctx, done := context.WithTimeout(context.Background(), workWithin)
	defer done()
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	if err := s.get(ctx, w); err != nil {
		s.Log.Warn("a link's preview could not be kept", "error", err.Error())
	}
}

func (s *Shelf) get(ctx context.Context, w want) error {
	now, fetcher := s.Now(), id.New()
	mine, err := s.DB.ClaimLink(ctx, dbsql.ClaimLinkParams{Hash: hash(w.link), Fetcher: fetcher, Until: now.Add(settleIn).UnixMilli(), PostID: w.post, Now: now.UnixMilli(),
		FailedBefore: now.Add(-failedFor).UnixMilli(), FetchedBefore: now.Add(-goodFor).UnixMilli()})
	if store.Missing(err) { // it has come since
		return s.Tell(ctx, w.post)
	}
	if err != nil || !mine {
		return err
	}
	found, failure := s.fetch(ctx, w.link)
	if failure != nil {
		found = Preview{Kind: Link, Images: wire.PostImages{}}
		s.Log.Debug("a link has no preview", "error", failure.Error())
	}
	posts, err := s.DB.SettleLink(ctx, dbsql.SettleLinkParams{Hash: hash(w.link), Fetcher: fetcher, Kind: string(found.Kind), Data: found.Data, Images: found.Images,
		Failed: failure != nil, Now: s.Now.Millis()})
	if store.Missing(err) || err == nil && found.Kind == Link {
		return nil
	}
	for _, post := range posts {
		if err == nil {
			err = s.Tell(ctx, post)
		}
	}
	return err
}

// Forget drops what was fetched long ago. It is fetched again where somebody reads of it.
func (s *Shelf) Forget(ctx context.Context) error {
	return s.DB.DeleteOldLinkPreviews(ctx, s.Now().Add(-keptFor).UnixMilli())
}
