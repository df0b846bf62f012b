package posts

import (
	"context"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// ThreadPage says which part of a thread to read; the zero one is all of it.
type ThreadPage struct {
	Size         int // of replies; 0 means all
	FromPost     id.ID
	FromCreateAt int64
	Up           bool // towards older replies
}

// Thread is a root with its replies, whichever of them the post is.
func (l *Log) Thread(ctx context.Context, p dbsql.Post, page ThreadPage) (*wire.PostList, error) {
	root := p.RootID
	if root.IsZero() {
		root = p.ID
	}
	rows, err := l.DB.Thread(ctx, root)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, fault.NotFound("post")
	}
	rows, more := page.cut(rows)
	list, err := l.Ordered(ctx, rows)
	if err == nil {
		list.HasNext = &more
	}
	return list, err
}

// cut keeps the root, which is the oldest and so the last of rows, and the wanted replies.
func (p ThreadPage) cut(rows []dbsql.Post) (page []dbsql.Post, more bool) {
	if p.Size == 0 {
		return rows, false
	}
	root, replies := rows[len(rows)-1], slices.Clone(rows[:len(rows)-1])
	if !p.Up {
		slices.Reverse(replies)
	}
	if p.FromCreateAt > 0 {
		replies = slices.DeleteFunc(replies, func(r dbsql.Post) bool {
			past := r.CreateAt > p.FromCreateAt || (r.CreateAt == p.FromCreateAt && slices.Compare(r.ID[:], p.FromPost[:]) > 0)
			return past == p.Up || r.ID == p.FromPost
		})
	}
	if more = len(replies) > p.Size; more {
		replies = replies[:p.Size]
	}
	if !p.Up {
		slices.Reverse(replies)
	}
	return append(replies, root), more
}

// ByIDs reads those of the posts that the user may read.
func (l *Log) ByIDs(ctx context.Context, user id.ID, ids []id.ID) ([]dbsql.Post, error) {
	return l.DB.ReadablePostsByIDs(ctx, dbsql.ReadablePostsByIDsParams{UserID: user, Ids: ids})
}
