package posts

import (
	"context"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const mostSince = 1000

// Page says which part of a channel to read.
type Page struct {
	Channel        id.ID
	Number, Size   int
	RootsOnly      bool // collapsed threads: replies are not part of the channel
	WithoutRoots   bool // don't add the roots of replies whose root is on another page
	IncludeDeleted bool
	Before, After  id.ID // a post to start from
}

// Newest reports whether it is where a channel ends.
func (p Page) Newest() bool { return p.Number == 0 && p.Before.IsZero() && p.After.IsZero() }

// List reads one page, newest first, with the ids of its neighbours. It asks for one post more on either side
// instead of asking for the neighbours.
func (l *Log) List(ctx context.Context, p Page) (*wire.PostList, error) {
	switch {
	case !p.Before.IsZero():
		return l.listBefore(ctx, p)
	case !p.After.IsZero():
		return l.listAfter(ctx, p)
	}
	skip, extra := p.window()
	rows, err := l.DB.PostsPage(ctx, dbsql.PostsPageParams{ChannelID: p.Channel, IncludeDeleted: p.IncludeDeleted, RootsOnly: p.RootsOnly,
		MaxRows: int32(p.Size + extra), Skip: int32(skip)})
	if err != nil {
		return nil, err
	}
	return l.numbered(ctx, p, rows)
}

// numbered is a page of the rows in its window.
func (l *Log) numbered(ctx context.Context, p Page, rows []dbsql.Post) (*wire.PostList, error) {
	var next id.ID
	if _, extra := p.window(); extra == 2 && len(rows) > 0 {
		next, rows = rows[0].ID, rows[1:]
	}
	rows, prev := cutTo(rows, p.Size)
	return l.list(ctx, rows, next, prev, !p.WithoutRoots && !p.RootsOnly)
}

// window is what to skip, and how many rows more than the page to read: one after it, and one before it if there is one.
func (p Page) window() (skip, extra int) {
	if p.Number == 0 {
		return 0, 1
	}
	return p.Number*p.Size - 1, 2
}

// cutTo shortens rows to the page and names the row that follows it.
func cutTo(rows []dbsql.Post, size int) (page []dbsql.Post, following id.ID) {
	if len(rows) > size {
		return rows[:size], rows[size].ID
	}
	return rows, id.ID{}
}

func (l *Log) listBefore(ctx context.Context, p Page) (*wire.PostList, error) {
	from, err := l.start(ctx, p.Before, p.Channel)
	if err != nil {
		return nil, err
	}
	skip, extra := p.window()
	rows, err := l.DB.PostsBefore(ctx, dbsql.PostsBeforeParams{ChannelID: p.Channel, CreateAt: from.CreateAt, ID: from.ID,
		IncludeDeleted: p.IncludeDeleted, RootsOnly: p.RootsOnly, MaxRows: int32(p.Size + extra), Skip: int32(skip)})
	if err != nil {
		return nil, err
	}
	next := from.ID
	if extra == 2 && len(rows) > 0 {
		next, rows = rows[0].ID, rows[1:]
	}
	rows, prev := cutTo(rows, p.Size)
	return l.list(ctx, rows, next, prev, !p.WithoutRoots && !p.RootsOnly)
}

func (l *Log) listAfter(ctx context.Context, p Page) (*wire.PostList, error) {
	from, err := l.start(ctx, p.After, p.Channel)
	if err != nil {
		return nil, err
	}
	skip, extra := p.window()
	rows, err := l.DB.PostsAfter(ctx, dbsql.PostsAfterParams{ChannelID: p.Channel, CreateAt: from.CreateAt, ID: from.ID,
		IncludeDeleted: p.IncludeDeleted, RootsOnly: p.RootsOnly, MaxRows: int32(p.Size + extra), Skip: int32(skip)})
	if err != nil {
		return nil, err
	}
	prev := from.ID
	if extra == 2 && len(rows) > 0 {
		prev, rows = rows[0].ID, rows[1:]
	}
	rows, next := cutTo(rows, p.Size)
	slices.Reverse(rows)
	return l.list(ctx, rows, next, prev, !p.WithoutRoots && !p.RootsOnly)
}

// start is the post that a page begins at; it may be deleted by now.
func (l *Log) start(ctx context.Context, post, channel id.ID) (dbsql.Post, error) {
	p, err := l.DB.PostByID(ctx, post)
	if store.Missing(err) || (err == nil && p.ChannelID != channel) {
		return p, fault.NotFound("post")
	}
	return p, err
}

// Since is whatever changed after a time, the deleted among it. It names no neighbours.
func (l *Log) Since(ctx context.Context, p Page, since int64) (*wire.PostList, error) {
	rows, err := l.DB.PostsSince(ctx, dbsql.PostsSinceParams{ChannelID: p.Channel, Since: since, RootsOnly: p.RootsOnly, MaxRows: mostSince})
	if err != nil {
		return nil, err
	}
	return l.list(ctx, rows, id.ID{}, id.ID{}, !p.WithoutRoots && !p.RootsOnly)
}

// Unread is the window around the first post that the user hasn't read, or the newest page when there is none.
func (l *Log) Unread(ctx context.Context, p Page, user id.ID, before, after int) (*wire.PostList, error) {
	first, err := l.DB.FirstUnread(ctx, dbsql.FirstUnreadParams{ChannelID: p.Channel, UserID: user, RootsOnly: p.RootsOnly})
	if store.Missing(err) {
		p.Size = before
		return l.List(ctx, p)
	}
	if err != nil {
		return nil, err
	}
	older, err := l.DB.PostsBefore(ctx, dbsql.PostsBeforeParams{ChannelID: p.Channel, CreateAt: first.CreateAt, ID: first.ID, RootsOnly: p.RootsOnly, MaxRows: int32(before + 1)})
	if err != nil {
		return nil, err
	}
	newer, err := l.DB.PostsAfter(ctx, dbsql.PostsAfterParams{ChannelID: p.Channel, CreateAt: first.CreateAt, ID: first.ID, RootsOnly: p.RootsOnly, MaxRows: int32(after)})
	if err != nil {
		return nil, err
	}
	older, prev := cutTo(older, before)
	newer, next := cutTo(newer, max(after-1, 0))
	slices.Reverse(newer)
	return l.list(ctx, slices.Concat(newer, []dbsql.Post{first}, older), next, prev, !p.WithoutRoots && !p.RootsOnly)
}

// Ordered makes a list of rows that are in order already.
func (l *Log) Ordered(ctx context.Context, rows []dbsql.Post) (*wire.PostList, error) {
	return l.list(ctx, rows, id.ID{}, id.ID{}, false)
}

// list completes rows and adds the roots of replies whose root is not among them.
func (l *Log) list(ctx context.Context, rows []dbsql.Post, next, prev id.ID, addRoots bool) (*wire.PostList, error) {
	order := make([]id.ID, len(rows))
	have := make(map[id.ID]bool, len(rows))
	for i, p := range rows {
		order[i], have[p.ID] = p.ID, true
	}
	if addRoots {
		var absent []id.ID
		for _, p := range rows {
			if !p.RootID.IsZero() && !have[p.RootID] {
				have[p.RootID] = true
				absent = append(absent, p.RootID)
			}
		}
		if len(absent) > 0 {
			roots, err := l.DB.PostsByIDs(ctx, dbsql.PostsByIDsParams{Ids: absent})
			if err != nil {
				return nil, err
			}
			rows = append(rows, roots...)
		}
	}
	views, err := l.View(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &wire.PostList{Order: order, Posts: make(map[id.ID]*wire.Post, len(views)), NextPostID: next, PrevPostID: prev}
	for _, v := range views {
		out.Posts[v.ID] = v
	}
	return out, nil
}
