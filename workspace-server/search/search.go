package search

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Finder finds posts and files.
type Finder struct {
	DB     *store.DB
	Posts  *posts.Log
	Now    clock.Clock
	Log    *slog.Logger
	Config *config.Book // which says what the workspace's locale is

	learning atomic.Int64 // when a search last had words learned
}

// Request is who looks for what, and where.
type Request struct {
	User            id.ID
	Team            id.ID  // none: in all
	Locale          string // the asker's
	Terms           string
	AnyOf           bool // of the words; else all
	East            int  // seconds that the asker's days begin before those of UTC
	IncludeArchived bool
	Page, Size      int
}

// Find answers posts that fit, newest first. Terms that say nothing find nothing.
func (f *Finder) Find(ctx context.Context, r Request) (*wire.PostSearchResults, error) {
	t := parse(r.Terms, r.East)
	t.anyOf = r.AnyOf
	if t.none() {
		return results(nil), nil
	}
	if err := f.widen(ctx, r, &t); err != nil {
		return nil, err
	}
	p, err := f.params(ctx, r, t)
	if err != nil {
		return nil, err
	}
	rows, err := f.DB.SearchPosts(ctx, p)
	if err != nil {
		return nil, err
	}
	views, err := f.Posts.View(ctx, rows...)
	return results(views), err
}

func results(views []*wire.Post) *wire.PostSearchResults {
	out := &wire.PostSearchResults{PostList: wire.PostList{Order: []id.ID{}, Posts: map[id.ID]*wire.Post{}}, Matches: map[id.ID][]string{}}
	for _, p := range views {
		out.Order = append(out.Order, p.ID)
		out.Posts[p.ID] = p
	}
	return out
}

func (f *Finder) params(ctx context.Context, r Request, t terms) (p dbsql.SearchPostsParams, err error) {
	b, err := f.bounds(ctx, r, t)
	p = dbsql.SearchPostsParams{UserID: r.User, TeamID: r.Team, IncludeArchived: r.IncludeArchived, Tags: some(t.tags), NotTags: some(t.notTags),
		AnyOf: t.anyOf, ByAuthor: len(t.from) > 0, Authors: b.authors, NotAuthors: b.notAuthors, ByChannel: len(t.in) > 0, Channels: b.channels,
		NotChannels: b.notChannels, Since: millis(t.since), Until: millis(t.until), NotSince: millis(t.notSince), NotUntil: millis(t.notUntil),
		MaxRows: int32(r.Size), Skip: int32(r.Page * r.Size)}
	p.Wanted, p.WantedSigns, p.Unwanted, p.UnwantedSigns = t.query()
	return p, err
}

// bounds are whom and where the terms name.
type bounds struct{ authors, notAuthors, channels, notChannels []id.ID }

func (f *Finder) bounds(ctx context.Context, r Request, t terms) (b bounds, err error) {
	if b.authors, err = f.users(ctx, t.from); err != nil {
		return b, err
	}
	if b.notAuthors, err = f.users(ctx, t.notFrom); err != nil {
		return b, err
	}
	if b.channels, err = f.channels(ctx, r, t.in); err != nil {
		return b, err
	}
	b.notChannels, err = f.channels(ctx, r, t.notIn)
	return b, err
}

// some is a list that is none, and not nothing.
func some(list []string) []string { return append([]string{}, list...) }

func (f *Finder) users(ctx context.Context, names []string) ([]id.ID, error) {
	out := []id.ID{}
	if len(names) == 0 {
		return out, nil
	}
	rows, err := f.DB.UsersNamed(ctx, names)
	for _, u := range rows {
		out = append(out, u.ID)
	}
	return out, err
}

func (f *Finder) channels(ctx context.Context, r Request, names []string) ([]id.ID, error) {
	out := []id.ID{}
	if len(names) == 0 {
		return out, nil
	}
	rows, err := f.DB.ChannelsNamed(ctx, dbsql.ChannelsNamedParams{UserID: r.User, TeamID: r.Team, Names: names})
	for _, c := range rows {
		out = append(out, c.ID)
	}
	return out, err
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
