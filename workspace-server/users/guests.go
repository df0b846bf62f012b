package users

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// noGuests are the guests who hear of somebody whom nobody shares a channel with yet.
var noGuests = []id.ID{}

// SetGuest makes a guest of a member of the workspace, or a member of a guest. What follows for their memberships is done in the same transaction.
// Who is a system admin is none after that; the last one can't be made a guest.
func (d *Directory) SetGuest(ctx context.Context, user id.ID, guest bool, memberships func(ctx context.Context, q *dbsql.Queries) error) (u dbsql.User, err error) {
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUserTable(ctx); err != nil {
			return err
		}
		if u, err = found(q.UserByID(ctx, user)); err != nil {
			return err
		}
		if err := turnable(u, guest); err != nil {
			return err
		}
		if err := keepsAnAdmin(ctx, q, user, !guest); err != nil {
			return err
		}
		if u, err = q.SetUserRoles(ctx, dbsql.SetUserRolesParams{ID: user, Roles: turned(u.Roles, guest), Now: d.Now.Millis()}); err != nil {
			return err
		}
		return memberships(ctx, q)
	})
	if err != nil {
		return u, err
	}
	d.Hub.Turned(u.ID, u.Guest)
	d.Hub.Publish(realtime.Event{Name: realtime.UserRoleUpdated, To: wire.Broadcast{UserID: u.ID}, Data: roleChange{UserID: u.ID, Roles: u.Roles}})
	d.announceUpdate(ctx, u)
	return u, nil
}

func turnable(u dbsql.User, guest bool) error {
	switch {
	case u.IsBot:
		return fault.BadURL("user_id", "a person, and no bot")
	case guest && u.Guest:
		return fault.New(http.StatusNotImplemented, "api.user.demote_user_to_guest.already_guest.app_error", "That user is a guest already.")
	case !guest && !u.Guest:
		return fault.New(http.StatusNotImplemented, "api.user.promote_guest_to_user.no_guest.app_error", "That user is no guest.")
	}
	return nil
}

// turned is a list of roles as a guest has it, or a member. What else somebody was given stays.
func turned(list string, guest bool) string {
	is := roles.SystemUser
	if guest {
		is = roles.SystemGuest
	}
	rest := slices.DeleteFunc(strings.Fields(list), func(r string) bool { return r == roles.SystemUser || r == roles.SystemGuest || r == roles.SystemAdmin })
	return strings.Join(append([]string{is}, rest...), " ")
}
