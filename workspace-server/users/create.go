package users

import (
	"cmp"
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Door says how a new account is let in.
type Door int

// The doors: an invitation or an admin opens one for anybody; a founder's is open only while there is no account.
const (
	Invited Door = iota
	FoundersOnly
)

// Entry says how a new account comes about.
type Entry struct {
	Door      Door
	Founders  bool // the first account becomes a system admin's
	Confirmed bool // who comes has shown that the address is theirs
	Guest     bool
	// Anywhere says that the address need not be in the domains that the workspace is kept to.
	Anywhere bool
	// Also runs in the transaction that makes the account; nil: nothing does.
	Also func(ctx context.Context, q *dbsql.Queries, u dbsql.User) error
}

// Create makes an account. The first of a workspace that has no control plane becomes its system admin.
func (d *Directory) Create(ctx context.Context, in wire.User, entry Entry) (dbsql.User, error) {
	row, err := d.prepare(ctx, in)
	if err == nil && !entry.Anywhere && !entry.Guest {
		err = d.inDomains(row.Email)
	}
	if err != nil {
		return dbsql.User{}, err
	}
	row.EmailVerified = entry.Confirmed
	if entry.Guest {
		row.Roles = roles.SystemGuest
	}
	var u dbsql.User
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUserTable(ctx); err != nil {
			return err
		}
		taken, err := q.AnyUser(ctx)
		if err != nil {
			return err
		}
		if !taken && entry.Founders {
			row.Roles = roles.SystemUser + " " + roles.SystemAdmin
		} else if entry.Door == FoundersOnly {
			return fault.New(http.StatusForbidden, "api.user.create_user.no_open_server", "This workspace does not allow open sign-up; ask for an invitation.")
		}
		if u, err = q.InsertUser(ctx, row); err != nil {
			return err
		}
		return d.entered(ctx, q, u, entry)
	})
	if err != nil {
		return u, taken(err)
	}
	d.Mail.Ring()
	d.Hub.Publish(realtime.Event{Name: realtime.NewUser, Guests: noGuests, Data: newUser{UserID: u.ID}})
	return u, nil
}

func (d *Directory) entered(ctx context.Context, q *dbsql.Queries, u dbsql.User, entry Entry) error {
	if entry.Also != nil {
		if err := entry.Also(ctx, q, u); err != nil {
			return err
		}
	}
	if !d.confirmed() || u.EmailVerified {
		return nil
	}
	return d.mailLink(ctx, q, u, forEmail, d.Mail.Confirm)
}

func taken(err error) error {
	switch {
	case store.Violates(err, "users_username_key"):
		return fault.New(http.StatusBadRequest, "app.user.save.username_exists.app_error", "An account or a group with that username already exists.")
	case store.Violates(err, "users_email_key"):
		return fault.New(http.StatusBadRequest, "app.user.save.email_exists.app_error", "An account with that email already exists.")
	}
	return err
}

func (d *Directory) prepare(ctx context.Context, in wire.User) (row dbsql.InsertUserParams, err error) {
	if in.Locale == "" {
		in.Locale = cmp.Or(d.Config.Settings().ClientLocale, "en")
	}
	if err := profile(in); err != nil {
		return row, err
	}
	row = defaults(d.Now.Millis())
	if row.Username, err = username(in.Username); err != nil {
		return row, err
	}
	if row.Email, err = Address(in.Email); err != nil {
		return row, err
	}
	if row.PasswordHash, err = d.hash(ctx, in.Password); err != nil {
		return row, err
	}
	row.Nickname, row.FirstName, row.LastName, row.Position, row.Locale = in.Nickname, in.FirstName, in.LastName, in.Position, in.Locale
	overlay(row.Props, in.Props)
	overlay(row.NotifyProps, in.NotifyProps)
	overlay(row.Timezone, in.Timezone)
	return row, nil
}

func overlay(base, over wire.StringMap) {
	for k, v := range over {
		base[k] = v
	}
}

func defaults(now int64) dbsql.InsertUserParams {
	return dbsql.InsertUserParams{
		ID:    id.New(),
		Now:   now,
		Roles: roles.SystemUser,
		Props: wire.StringMap{},
		NotifyProps: wire.StringMap{"channel": "true", "comments": "never", "desktop": "mention", "desktop_sound": "true", "desktop_threads": "all",
			"email": "true", "email_threads": "all", "first_name": "false", "mention_keys": "", "push": "mention", "push_status": "online", "push_threads": "all"},
		Timezone: wire.StringMap{"automaticTimezone": "", "manualTimezone": "", "useAutomaticTimezone": "true"},
		Locale:   "en",
	}
}

// FirstAdmin makes the account of the person the workspace belongs to, without a password: they come by a sign-in
// link. Asked again, it answers the same account.
func (d *Directory) FirstAdmin(ctx context.Context, address, name string) (id.ID, error) {
	address, err := Address(address)
	if err != nil {
		return id.ID{}, err
	}
	if name, err = username(name); err != nil {
		return id.ID{}, err
	}
	var u dbsql.User
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUserTable(ctx); err != nil {
			return err
		}
		if u, err = q.SystemAdminByEmail(ctx, address); !store.Missing(err) {
			return err
		}
		row := defaults(d.Now.Millis())
		row.Email, row.Username, row.EmailVerified = address, name, true
		row.Roles = roles.SystemUser + " " + roles.SystemAdmin
		u, err = q.InsertUser(ctx, row)
		return err
	})
	return u.ID, taken(err)
}
