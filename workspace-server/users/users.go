// Package users owns the people of a workspace: their accounts, names, passwords and roles, and how much of them
// others see. It never opens a session.
package users

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/preferences"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Directory is where users are found and changed.
type Directory struct {
	DB          *store.DB
	Hub         *realtime.Hub
	Now         clock.Clock
	Preferences *preferences.Book
	Mail        *mail.Outbox
	Config      *config.Book
}

// confirmed reports whether nobody signs in with a password whose address is not confirmed.
func (d *Directory) confirmed() bool { return d.Config.Settings().Mail.Confirmed }

// Get finds a user by id.
func (d *Directory) Get(ctx context.Context, user id.ID) (dbsql.User, error) {
	return found(d.DB.UserByID(ctx, user))
}

// ByUsername finds a user by name, whatever its case.
func (d *Directory) ByUsername(ctx context.Context, name string) (dbsql.User, error) {
	return found(d.DB.UserByUsername(ctx, name))
}

// ByEmail finds a user by address, whatever its case.
func (d *Directory) ByEmail(ctx context.Context, email string) (dbsql.User, error) {
	return found(d.DB.UserByEmail(ctx, email))
}

func found(u dbsql.User, err error) (dbsql.User, error) {
	if store.Missing(err) {
		return u, fault.NotFound("user")
	}
	return u, err
}

// SetRoles replaces a user's roles. The last system admin can't step down.
func (d *Directory) SetRoles(ctx context.Context, user id.ID, list string) error {
	if !roles.Known(list) || !roles.Has(list, roles.SystemUser) || roles.Guest(list) {
		return fault.BadBody("roles", "known roles separated by spaces, system_user among them and system_guest not")
	}
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUserTable(ctx); err != nil {
			return err
		}
		if err := keepsAnAdmin(ctx, q, user, roles.Has(list, roles.SystemAdmin)); err != nil {
			return err
		}
		u, err := q.UserByID(ctx, user)
		if err == nil && u.Guest {
			err = fault.BadBody("roles", "those of somebody who is no guest; one is promoted first")
		}
		if err != nil {
			return err
		}
		_, err = q.SetUserRoles(ctx, dbsql.SetUserRolesParams{ID: user, Roles: list, Now: d.Now.Millis()})
		return err
	})
	if err != nil {
		return err
	}
	d.Hub.Publish(realtime.Event{Name: realtime.UserRoleUpdated, To: wire.Broadcast{UserID: user},
		Data: roleChange{UserID: user, Roles: list}})
	return nil
}

// SetActive deactivates an account, with the bots that belong to it, or brings it alone back. Posts stay. It answers who was deactivated.
func (d *Directory) SetActive(ctx context.Context, user id.ID, active bool) (gone []id.ID, err error) {
	now := d.Now.Millis()
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUserTable(ctx); err != nil {
			return err
		}
		if err := keepsAnAdmin(ctx, q, user, active); err != nil {
			return err
		}
		deleteAt := now
		if active {
			deleteAt = 0
		}
		if _, err := q.SetUserDeleteAt(ctx, dbsql.SetUserDeleteAtParams{ID: user, DeleteAt: deleteAt, Now: now}); err != nil || active {
			return err
		}
		gone, err = q.DeactivateBotsOf(ctx, dbsql.DeactivateBotsOfParams{OwnerID: user, Now: now})
		gone = append(gone, user)
		return err
	})
	if err != nil {
		return nil, err
	}
	d.Hub.Publish(realtime.Event{Name: realtime.UserActivation, Data: struct{}{}})
	return gone, nil
}

// keepsAnAdmin refuses a change after which nobody could administer the workspace.
func keepsAnAdmin(ctx context.Context, q *dbsql.Queries, user id.ID, stays bool) error {
	u, err := found(q.UserByID(ctx, user))
	if err != nil || stays || u.DeleteAt > 0 || u.IsBot || !roles.Has(u.Roles, roles.SystemAdmin) {
		return err
	}
	n, err := q.CountAdmins(ctx)
	if err == nil && n == 1 {
		return fault.New(http.StatusBadRequest, "app.user.last_admin.app_error", "This is the only system admin; make another one first.")
	}
	return err
}

type roleChange struct {
	UserID id.ID  `json:"user_id"`
	Roles  string `json:"roles"`
}

type newUser struct {
	UserID id.ID `json:"user_id"`
}

type userUpdated struct {
	User wire.User `json:"user"`
}

func (d *Directory) announceUpdate(ctx context.Context, u dbsql.User) {
	guests := d.besides(ctx, u.ID)
	others := wire.Broadcast{ContainsSanitizedData: true, OmitUsers: map[id.ID]bool{u.ID: true}}
	admins := wire.Broadcast{ContainsSensitiveData: true, OmitUsers: map[id.ID]bool{u.ID: true}}
	d.Hub.Publish(realtime.Event{Name: realtime.UserUpdated, To: others, Guests: guests, Data: userUpdated{ForOthers(u)}})
	d.Hub.Publish(realtime.Event{Name: realtime.UserUpdated, To: admins, Data: userUpdated{ForSelf(u)}})
	d.Hub.Publish(realtime.Event{Name: realtime.UserUpdated, To: wire.Broadcast{UserID: u.ID}, Data: userUpdated{ForSelf(u)}})
}
