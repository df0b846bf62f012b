package groups

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Create makes a group of users.
func (b *Book) Create(ctx context.Context, in wire.GroupWithUserIDs) (*wire.Group, error) {
	if err := check(in.Group); err != nil {
		return nil, err
	}
	users, err := people(in.UserIDs)
	if err != nil {
		return nil, err
	}
	var row dbsql.UserGroup
	var members []dbsql.GroupMember
	err = b.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = room(ctx, q); err != nil {
			return err
		}
		if err = active(ctx, q, users); err != nil { // before the name is taken: see UsersToGroup
			return err
		}
		now := b.Now.Millis()
		row, err = q.InsertGroup(ctx, dbsql.InsertGroupParams{ID: id.New(), Name: in.Name, DisplayName: in.DisplayName, Description: in.Description, Now: now})
		if err != nil {
			return taken(err)
		}
		members, err = q.InsertGroupMembers(ctx, dbsql.InsertGroupMembersParams{GroupID: row.ID, Users: users, Now: now})
		return err
	})
	if err != nil {
		return nil, err
	}
	g, err := b.told(ctx, row, nil)
	b.tellMembers(realtime.GroupMemberAdded, memberViews(members, 0))
	return g, err
}

func room(ctx context.Context, q *dbsql.Queries) error {
	if err := q.LockGroups(ctx); err != nil {
		return err
	}
	n, err := q.CountGroups(ctx)
	if err == nil && n >= Most {
		err = fault.New(http.StatusBadRequest, "app.group.limit.app_error", "A workspace has at most %d groups, archived ones among them; one of those can be restored under another name.", Most)
	}
	return err
}

func taken(err error) error {
	switch {
	case store.Violates(err, "user_groups_name_unique"):
		return fault.New(http.StatusBadRequest, "app.custom_group.unique_name", "Another group has that name; it may be archived.")
	case store.Violates(err, "user_groups_name_of_user"):
		return fault.New(http.StatusBadRequest, "app.group.username_conflict", "A user has that name.")
	}
	return err
}

// Patch changes what is not null.
func (b *Book) Patch(ctx context.Context, group id.ID, patch wire.GroupPatch) (*wire.Group, error) {
	if patch.AllowReference != nil && !*patch.AllowReference {
		return nil, errUnnamed
	}
	var row dbsql.UserGroup
	err := b.DB.Tx(ctx, func(q *dbsql.Queries) error {
		// One after the other: two that swap their names would wait for each other.
		if err := q.LockGroups(ctx); err != nil {
			return err
		}
		before, err := q.LockGroup(ctx, group)
		if err != nil {
			return err
		}
		next := wire.Group{Name: before.Name, DisplayName: before.DisplayName, Description: before.Description, Source: wire.CustomGroup, AllowReference: true}
		for field, value := range map[*string]*string{&next.Name: patch.Name, &next.DisplayName: patch.DisplayName, &next.Description: patch.Description} {
			if value != nil {
				*field = *value
			}
		}
		if err := check(next); err != nil {
			return err
		}
		row, err = q.UpdateGroup(ctx, dbsql.UpdateGroupParams{ID: group, Name: next.Name, DisplayName: next.DisplayName, Description: next.Description, Now: b.Now.Millis()})
		return taken(err)
	})
	return b.told(ctx, row, err)
}

// Delete archives a group: nobody is mentioned by it.
func (b *Book) Delete(ctx context.Context, group id.ID) (*wire.Group, error) {
	now := b.Now.Millis()
	row, err := b.DB.SetGroupDeleteAt(ctx, dbsql.SetGroupDeleteAtParams{ID: group, DeleteAt: now, Now: now, Deletes: true})
	return b.told(ctx, row, err)
}

// Restore brings an archived group back, with its members.
func (b *Book) Restore(ctx context.Context, group id.ID) (*wire.Group, error) {
	row, err := b.DB.SetGroupDeleteAt(ctx, dbsql.SetGroupDeleteAtParams{ID: group, Now: b.Now.Millis()})
	return b.told(ctx, row, err)
}

type received struct {
	Group string `json:"group"`
}

// told tells everybody of a group that has changed but guests, who would learn how many there are whom they don't see.
func (b *Book) told(ctx context.Context, row dbsql.UserGroup, err error) (*wire.Group, error) {
	ctx = context.WithoutCancel(ctx) // it is done: that its client has gone keeps it from nobody
	g, err := one(b.views(ctx, Detail{Count: true})([]dbsql.UserGroup{row}, absent(err)))
	if err == nil {
		b.Hub.Publish(realtime.Event{Name: realtime.GroupReceived, Data: received{realtime.Text(g)}, Guests: []id.ID{}})
	}
	return g, err
}
