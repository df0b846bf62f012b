// Package threads owns who follows which thread, and what of it they have not read. Replies are posts; that who replies or is mentioned
// begins to follow stands beside what writes the reply, in its transaction.
package threads

import (
	"context"
	"math"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Book knows everybody's threads.
type Book struct {
	DB    *store.DB
	Hub   *realtime.Hub
	Now   clock.Clock
	Posts *posts.Log
}

// Page says which part of somebody's threads to read.
type Page struct {
	User, Team     id.ID
	Size           int
	Before, After  id.ID // a thread to start from; none: the newest
	Since          int64 // only what changed since then
	Extended       bool  // participants with their profiles, not only their ids
	IncludeDeleted bool
	UnreadOnly     bool
	ExcludeDirect  bool // leave out direct and group messages, which otherwise belong to every team
	WithoutTotals  bool
	TotalsOnly     bool
}

// List reads the threads that a user follows in a team, that with the newest reply first.
func (b *Book) List(ctx context.Context, p Page) (*wire.Threads, error) {
	out := &wire.Threads{Threads: []*wire.Thread{}}
	if !p.WithoutTotals {
		totals, err := b.DB.ThreadTotals(ctx, dbsql.ThreadTotalsParams{UserID: p.User, TeamID: p.Team, ExcludeDirect: p.ExcludeDirect, IncludeDeleted: p.IncludeDeleted})
		if err != nil {
			return nil, err
		}
		out.Total, out.TotalUnreadThreads, out.TotalUnreadMentions, out.TotalUnreadUrgentMentions = totals.Threads, totals.Unread, totals.Mentions, totals.UrgentMentions
	}
	if p.TotalsOnly {
		return out, nil
	}
	rows, err := b.rows(ctx, p)
	if err != nil {
		return nil, err
	}
	out.Threads, err = b.view(ctx, p.Extended, rows...)
	return out, err
}

func (b *Book) rows(ctx context.Context, p Page) ([]dbsql.ThreadMember, error) {
	older := dbsql.ThreadsBeforeParams{UserID: p.User, TeamID: p.Team, ExcludeDirect: p.ExcludeDirect, IncludeDeleted: p.IncludeDeleted, UnreadOnly: p.UnreadOnly,
		Since: p.Since, MaxRows: int32(p.Size), LastReplyAt: math.MaxInt64}
	if p.Before.IsZero() && p.After.IsZero() {
		return b.DB.ThreadsBefore(ctx, older)
	}
	from := p.Before
	if from.IsZero() {
		from = p.After
	}
	start, err := b.member(ctx, p.User, from)
	if err != nil {
		return nil, err
	}
	older.LastReplyAt, older.RootID = start.LastReplyAt, start.RootID
	if !p.Before.IsZero() {
		return b.DB.ThreadsBefore(ctx, older)
	}
	rows, err := b.DB.ThreadsAfter(ctx, dbsql.ThreadsAfterParams(older))
	slices.Reverse(rows)
	return rows, err
}

// member is what a user has to do with a thread, whether they follow it now or not.
func (b *Book) member(ctx context.Context, user, root id.ID) (dbsql.ThreadMember, error) {
	m, err := b.DB.ThreadMember(ctx, dbsql.ThreadMemberParams{UserID: user, RootID: root})
	if store.Missing(err) {
		return m, fault.NotFound("thread")
	}
	return m, err
}

// Get is one thread that a user follows.
func (b *Book) Get(ctx context.Context, user, root id.ID, extended bool) (*wire.Thread, error) {
	m, err := b.member(ctx, user, root)
	if err != nil {
		return nil, err
	}
	if !m.Following {
		return nil, fault.NotFound("thread")
	}
	return b.one(ctx, extended, m)
}

func (b *Book) one(ctx context.Context, extended bool, m dbsql.ThreadMember) (*wire.Thread, error) {
	views, err := b.view(ctx, extended, m)
	if err != nil {
		return nil, err
	}
	if len(views) == 0 { // it was removed for good meanwhile
		return nil, fault.NotFound("thread")
	}
	return views[0], nil
}

// view completes rows of one user, or of one thread, with their roots.
func (b *Book) view(ctx context.Context, extended bool, rows ...dbsql.ThreadMember) ([]*wire.Thread, error) {
	if len(rows) == 0 {
		return []*wire.Thread{}, nil
	}
	ids := make([]id.ID, len(rows))
	for i, m := range rows {
		ids[i] = m.RootID
	}
	found, err := b.DB.PostsByIDs(ctx, dbsql.PostsByIDsParams{Ids: ids, IncludeDeleted: true})
	if err != nil {
		return nil, err
	}
	views, err := b.Posts.View(ctx, found...)
	if err != nil {
		return nil, err
	}
	roots := make(map[id.ID]*wire.Post, len(views))
	for _, v := range views {
		roots[v.ID] = v
	}
	people, err := b.people(ctx, extended, views)
	if err != nil {
		return nil, err
	}
	out := make([]*wire.Thread, 0, len(rows))
	for _, m := range rows {
		root := roots[m.RootID]
		if root == nil {
			continue
		}
		out = append(out, &wire.Thread{ID: m.RootID, ReplyCount: root.ReplyCount, LastReplyAt: root.LastReplyAt, LastViewedAt: m.LastViewedAt, Post: root,
			Participants: named(people, root.ParticipantIDs), UnreadReplies: m.UnreadReplies, UnreadMentions: m.UnreadMentions, IsUrgent: m.Urgent, DeleteAt: root.DeleteAt})
	}
	return out, nil
}

// people are the participants of posts: their profiles, or nothing but their ids, which takes no query.
func (b *Book) people(ctx context.Context, extended bool, views []*wire.Post) (map[id.ID]*wire.User, error) {
	people := map[id.ID]*wire.User{}
	var ids []id.ID
	for _, v := range views {
		for _, user := range v.ParticipantIDs {
			if people[user] == nil {
				people[user] = &wire.User{ID: user}
				ids = append(ids, user)
			}
		}
	}
	if !extended || len(ids) == 0 {
		return people, nil
	}
	rows, err := b.DB.UsersByIDs(ctx, dbsql.UsersByIDsParams{Ids: ids})
	for _, u := range rows {
		view := users.ForOthers(u)
		people[u.ID] = &view
	}
	return people, err
}

func named(people map[id.ID]*wire.User, ids []id.ID) []*wire.User {
	out := make([]*wire.User, len(ids))
	for i, user := range ids {
		out[i] = people[user]
	}
	return out
}

// Collapse adds to the roots among posts who took part in their threads, and whether the user follows them.
func (b *Book) Collapse(ctx context.Context, user id.ID, extended bool, views []*wire.Post) error {
	var roots []id.ID
	for _, v := range views {
		if v.RootID.IsZero() {
			roots = append(roots, v.ID)
		}
	}
	if len(roots) == 0 {
		return nil
	}
	followed, err := b.DB.ThreadsOf(ctx, dbsql.ThreadsOfParams{UserID: user, RootIds: roots})
	if err != nil {
		return err
	}
	people, err := b.people(ctx, extended, views)
	if err != nil {
		return err
	}
	for _, v := range views {
		if !v.RootID.IsZero() {
			continue
		}
		follows := slices.Contains(followed, v.ID)
		v.Participants, v.IsFollowing = named(people, v.ParticipantIDs), &follows
	}
	return nil
}
