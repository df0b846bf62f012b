package users

import (
	"context"
	"crypto/sha256"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const systemBotName = "system-bot" // by which clients know it

// systemBotID is the same in every workspace and instance, so that however many make it at once, there is one.
func systemBotID() (out id.ID) {
	sum := sha256.Sum256([]byte("longhouse user " + systemBotName))
	copy(out[:], sum[:])
	return out
}

// SystemBot is the bot in whose name the workspace itself speaks, made when it first does. Where a person has its name, it has a longer one.
func (d *Directory) SystemBot(ctx context.Context) (dbsql.User, error) {
	u, err := d.DB.UserByID(ctx, systemBotID())
	if !store.Missing(err) {
		return u, err
	}
	u, err = d.makeSystemBot(ctx, systemBotName)
	if store.Violates(err, "users_username_key") || store.Violates(err, "users_email_key") {
		u, err = d.makeSystemBot(ctx, systemBotName+"-"+id.New().String())
	}
	if store.Violates(err, "users_pkey") { // another instance was faster
		return d.DB.UserByID(ctx, systemBotID())
	}
	return u, err
}

func (d *Directory) makeSystemBot(ctx context.Context, name string) (u dbsql.User, err error) {
	row := defaults(d.Now.Millis())
	row.ID, row.Username, row.Email, row.FirstName = systemBotID(), name, name+"@localhost", "System"
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if _, err := q.InsertUser(ctx, row); err != nil {
			return err
		}
		u, err = q.MakeBot(ctx, dbsql.MakeBotParams{ID: row.ID, Description: "What the workspace itself has to say."})
		return err
	})
	if err == nil {
		d.Hub.Publish(realtime.Event{Name: realtime.NewUser, Guests: noGuests, Data: newUser{UserID: u.ID}})
	}
	return u, err
}
