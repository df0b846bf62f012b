package groups

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Add puts users into a group, and answers them all, those who were in it among them.
func (b *Book) Add(ctx context.Context, group id.ID, ids []id.ID) ([]wire.GroupMember, error) {
	var row dbsql.UserGroup
	var added, all []dbsql.GroupMember
	err := b.change(ctx, group, ids, func(q *dbsql.Queries, users []id.ID, now int64) (err error) {
		if err = active(ctx, q, users); err != nil {
			return err
		}
		if added, err = q.InsertGroupMembers(ctx, dbsql.InsertGroupMembersParams{GroupID: group, Users: users, Now: now}); err != nil {
			return err
		}
		n, err := q.CountGroupRows(ctx, group)
		if err != nil {
			return err
		}
		if n > mostMembers {
			return errFull
		}
		if all, err = q.GroupMembersOf(ctx, dbsql.GroupMembersOfParams{GroupID: group, Users: users}); err != nil {
			return err
		}
		row, err = q.TouchGroup(ctx, dbsql.TouchGroupParams{ID: group, Now: now})
		return err
	})
	if err != nil {
		return nil, err
	}
	return memberViews(all, 0), b.moved(ctx, row, realtime.GroupMemberAdded, memberViews(added, 0))
}

// Remove takes users out of a group, and answers those who were in it.
func (b *Book) Remove(ctx context.Context, group id.ID, ids []id.ID) ([]wire.GroupMember, error) {
	var row dbsql.UserGroup
	var gone []wire.GroupMember
	err := b.change(ctx, group, ids, func(q *dbsql.Queries, users []id.ID, now int64) error {
		rows, err := q.DeleteGroupMembers(ctx, dbsql.DeleteGroupMembersParams{GroupID: group, Users: users})
		if err != nil {
			return err
		}
		gone = memberViews(rows, now)
		row, err = q.TouchGroup(ctx, dbsql.TouchGroupParams{ID: group, Now: now})
		return err
	})
	if err != nil {
		return nil, err
	}
	return gone, b.moved(ctx, row, realtime.GroupMemberDeleted, gone)
}

// change is a transaction about a group that is not archived, alone with it.
func (b *Book) change(ctx context.Context, group id.ID, ids []id.ID, do func(q *dbsql.Queries, users []id.ID, now int64) error) error {
	users, err := people(ids)
	if err == nil && len(users) == 0 {
		err = fault.BadBody("user_ids", "a list of at least one id")
	}
	if err != nil {
		return err
	}
	return b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		g, err := q.LockGroup(ctx, group)
		if err == nil && g.DeleteAt > 0 {
			err = errAbsent
		}
		if err != nil {
			return absent(err)
		}
		return do(q, users, b.Now.Millis())
	})
}

// active fails where not all of them are users who can be in a group.
func active(ctx context.Context, q *dbsql.Queries, users []id.ID) error {
	there, err := q.UsersToGroup(ctx, users)
	if err == nil && len(there) != len(users) {
		err = fault.BadBody("user_ids", "the ids of users who are there and active")
	}
	return err
}

func memberViews(rows []dbsql.GroupMember, deleted int64) []wire.GroupMember {
	out := make([]wire.GroupMember, len(rows))
	for i, m := range rows {
		out[i] = wire.GroupMember{GroupID: m.GroupID, UserID: m.UserID, CreateAt: m.CreateAt, DeleteAt: deleted}
	}
	return out
}

// moved tells everybody of a group whose members have changed, and those who came or went.
func (b *Book) moved(ctx context.Context, row dbsql.UserGroup, what realtime.Name, members []wire.GroupMember) error {
	if len(members) == 0 {
		return nil
	}
	_, err := b.told(ctx, row, nil)
	b.tellMembers(what, members)
	return err
}

type member struct {
	Member string `json:"group_member"`
}

func (b *Book) tellMembers(what realtime.Name, members []wire.GroupMember) {
	for _, m := range members {
		b.Hub.Publish(realtime.Event{Name: what, Data: member{realtime.Text(m)}, To: wire.Broadcast{UserID: m.UserID}})
	}
}
