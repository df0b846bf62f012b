package users

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Patch changes a user's profile. An address is changed only with the current password, unless an admin does it; the new one is asked to be
// confirmed, and the one of before is told.
func (d *Directory) Patch(ctx context.Context, user id.ID, patch wire.UserPatch, byAdmin bool) (dbsql.User, error) {
	u, err := d.Get(ctx, user)
	if err != nil {
		return u, err
	}
	moves := patch.Email != nil && *patch.Email != u.Email
	if moves && !byAdmin {
		if err := d.confirm(ctx, u, patch.Password); err != nil {
			return u, err
		}
	}
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		u, err = d.patch(ctx, q, user, patch, moves || byAdmin, byAdmin)
		return err
	})
	if err != nil {
		return u, taken(err)
	}
	d.Mail.Ring()
	d.announceUpdate(ctx, u)
	return u, nil
}

// patch changes a user as they are by then, so that nothing is lost which others change meanwhile.
func (d *Directory) patch(ctx context.Context, q *dbsql.Queries, user id.ID, patch wire.UserPatch, mayMove, byAdmin bool) (u dbsql.User, err error) {
	if err := q.LockUser(ctx, user); err != nil {
		return u, err
	}
	before, err := found(q.UserByID(ctx, user))
	if err != nil {
		return u, err
	}
	u = before
	if err := apply(&u, patch); err != nil {
		return u, err
	}
	if u.Email != before.Email && !mayMove {
		return u, errNeedsPassword
	}
	if u.Email != before.Email && !byAdmin && !u.Guest {
		if err := d.inDomains(u.Email); err != nil {
			return u, err
		}
	}
	if u, err = q.UpdateUser(ctx, profileOf(u, d.Now.Millis())); err != nil || u.Email == before.Email {
		return u, err
	}
	return u, d.mailMove(ctx, q, before, u)
}

func (d *Directory) mailMove(ctx context.Context, q *dbsql.Queries, before, u dbsql.User) error {
	if !d.Mail.Works() || u.IsBot {
		return nil
	}
	if before.EmailVerified {
		if err := d.Mail.Put(ctx, q, d.Mail.Moved(before.Email, u.Username, u.Email)); err != nil {
			return err
		}
	}
	return d.mailLink(ctx, q, u, forEmail, d.Mail.Confirm)
}

// PictureChanged notes that a user has another picture from now on, or none of their own any more.
func (d *Directory) PictureChanged(ctx context.Context, user id.ID, own bool) error {
	now := d.Now.Millis()
	next := dbsql.SetPictureUpdateParams{ID: user, Now: now}
	if own {
		next.At = now
	}
	u, err := found(d.DB.SetPictureUpdate(ctx, next))
	if err == nil {
		d.announceUpdate(ctx, u)
	}
	return err
}

func profileOf(u dbsql.User, now int64) dbsql.UpdateUserParams {
	return dbsql.UpdateUserParams{
		ID: u.ID, Now: now, Username: u.Username, Email: u.Email, EmailVerified: u.EmailVerified, Nickname: u.Nickname,
		FirstName: u.FirstName, LastName: u.LastName, Position: u.Position, Locale: u.Locale,
		Props: u.Props, NotifyProps: u.NotifyProps, Timezone: u.Timezone,
	}
}

func (d *Directory) confirm(ctx context.Context, u dbsql.User, password *string) error {
	if password != nil {
		ok, err := matches(ctx, u.PasswordHash, *password)
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
	}
	return errNeedsPassword
}

var errNeedsPassword = fault.New(http.StatusBadRequest, "api.user.patch_user.incorrect_password.app_error", "The current password is needed to change the email.")

func apply(u *dbsql.User, patch wire.UserPatch) (err error) {
	if patch.Username != nil {
		if u.Username, err = username(*patch.Username); err != nil {
			return err
		}
	}
	if patch.Email != nil {
		address, err := Address(*patch.Email)
		if err != nil {
			return err
		}
		u.EmailVerified = u.EmailVerified && address == u.Email
		u.Email = address
	}
	for field, value := range map[*string]*string{&u.Nickname: patch.Nickname, &u.FirstName: patch.FirstName,
		&u.LastName: patch.LastName, &u.Position: patch.Position, &u.Locale: patch.Locale} {
		if value != nil {
			*field = *value
		}
	}
	for field, value := range map[*wire.StringMap]wire.StringMap{&u.Props: patch.Props, &u.NotifyProps: patch.NotifyProps, &u.Timezone: patch.Timezone} {
		if value != nil {
			*field = value
		}
	}
	return profile(ForSelf(*u))
}
