package users

import (
	"context"
	"net/http"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const maxBotDescription = 1024 // runes

// BotView is a bot as the protocol has it.
func BotView(u dbsql.User) *wire.Bot {
	return &wire.Bot{UserID: u.ID, Username: u.Username, DisplayName: u.FirstName, Description: u.BotDescription, OwnerID: u.BotOwnerID,
		CreateAt: u.CreateAt, UpdateAt: u.UpdateAt, DeleteAt: u.DeleteAt}
}

// CreateBot makes a bot that belongs to a user.
func (d *Directory) CreateBot(ctx context.Context, owner id.ID, in wire.Bot) (*wire.Bot, error) {
	row := defaults(d.Now.Millis())
	var err error
	if row.Username, err = username(in.Username); err != nil {
		return nil, err
	}
	if err := describedBot(in.DisplayName, in.Description); err != nil {
		return nil, err
	}
	row.FirstName, row.Email = in.DisplayName, row.Username+"@localhost"
	var u dbsql.User
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if _, err := q.InsertUser(ctx, row); err != nil {
			return err
		}
		u, err = q.MakeBot(ctx, dbsql.MakeBotParams{ID: row.ID, OwnerID: owner, Description: in.Description})
		return err
	})
	if err != nil {
		return nil, taken(err)
	}
	d.Hub.Publish(realtime.Event{Name: realtime.NewUser, Guests: noGuests, Data: newUser{UserID: u.ID}})
	return BotView(u), nil
}

func describedBot(displayName, description string) error {
	if utf8.RuneCountInString(description) > maxBotDescription {
		return fault.BadBody("description", "at most 1024 characters")
	}
	if utf8.RuneCountInString(displayName) > 64 {
		return fault.BadBody("display_name", "at most 64 characters")
	}
	return nil
}

// Bot finds a bot; one that is disabled only where asked for.
func (d *Directory) Bot(ctx context.Context, bot id.ID, includeDeleted bool) (dbsql.User, error) {
	u, err := d.Get(ctx, bot)
	if err == nil && (!u.IsBot || (u.DeleteAt > 0 && !includeDeleted)) || fault.Is(err, fault.NotFound("user").ID) {
		err = fault.New(http.StatusNotFound, "store.sql_bot.get.missing.app_error", "There is no such bot.")
	}
	return u, err
}

// PatchBot changes what is not null.
func (d *Directory) PatchBot(ctx context.Context, bot dbsql.User, patch wire.BotPatch) (*wire.Bot, error) {
	next := dbsql.UpdateBotParams{ID: bot.ID, Now: d.Now.Millis(), Username: bot.Username, DisplayName: bot.FirstName, Description: bot.BotDescription}
	if patch.Username != nil {
		name, err := username(*patch.Username)
		if err != nil {
			return nil, err
		}
		next.Username = name
	}
	if patch.DisplayName != nil {
		next.DisplayName = *patch.DisplayName
	}
	if patch.Description != nil {
		next.Description = *patch.Description
	}
	if err := describedBot(next.DisplayName, next.Description); err != nil {
		return nil, err
	}
	u, err := d.DB.UpdateBot(ctx, next)
	return d.botChanged(ctx, u, err)
}

// AssignBot gives a bot to another user.
func (d *Directory) AssignBot(ctx context.Context, bot, owner id.ID) (*wire.Bot, error) {
	u, err := d.Get(ctx, owner)
	if err != nil {
		return nil, err
	}
	if u.IsBot || u.DeleteAt > 0 {
		return nil, fault.BadURL("user_id", "an active user that is no bot")
	}
	u, err = d.DB.AssignBot(ctx, dbsql.AssignBotParams{ID: bot, OwnerID: owner, Now: d.Now.Millis()})
	return d.botChanged(ctx, u, err)
}

func (d *Directory) botChanged(ctx context.Context, u dbsql.User, err error) (*wire.Bot, error) {
	if err != nil {
		return nil, taken(err)
	}
	d.announceUpdate(ctx, u)
	return BotView(u), nil
}

// BecomePerson makes a person's account of a bot, with a password and, if asked for, as system admin.
func (d *Directory) BecomePerson(ctx context.Context, bot dbsql.User, patch wire.UserPatch, admin bool) (dbsql.User, error) {
	if patch.Password == nil {
		return bot, fault.BadBody("password", "the password of the account that the bot becomes")
	}
	hashed, err := d.hash(ctx, *patch.Password)
	if err != nil {
		return bot, err
	}
	if err := apply(&bot, patch); err != nil {
		return bot, err
	}
	if admin {
		bot.Roles = roles.SystemUser + " " + roles.SystemAdmin
	}
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		now := d.Now.Millis()
		if err := q.MakePerson(ctx, bot.ID); err != nil {
			return err
		}
		if err := q.SetPassword(ctx, dbsql.SetPasswordParams{ID: bot.ID, PasswordHash: hashed, Now: now}); err != nil {
			return err
		}
		if _, err := q.SetUserRoles(ctx, dbsql.SetUserRolesParams{ID: bot.ID, Roles: bot.Roles, Now: now}); err != nil {
			return err
		}
		bot, err = q.UpdateUser(ctx, profileOf(bot, now))
		return err
	})
	if err != nil {
		return bot, taken(err)
	}
	d.announceUpdate(ctx, bot)
	return bot, nil
}
