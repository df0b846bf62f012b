package users

import (
	"context"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Seen are those of the others whom somebody may see: guests see who is in a channel with them, everybody else sees all.
func (d *Directory) Seen(ctx context.Context, by dbsql.User, others ...id.ID) ([]id.ID, error) {
	if !by.Guest || len(others) == 0 {
		return others, nil
	}
	seen, err := d.SeenByGuest(ctx, by.ID, others)
	if slices.Contains(others, by.ID) && !slices.Contains(seen, by.ID) {
		seen = append(seen, by.ID)
	}
	return seen, err
}

// SeenByGuest are those of the others who are in a channel with a guest.
func (d *Directory) SeenByGuest(ctx context.Context, guest id.ID, others []id.ID) ([]id.ID, error) {
	return d.DB.SharingChannels(ctx, dbsql.SharingChannelsParams{UserID: guest, Others: others})
}

// SeenBy passes on who was found, if who asks may see them; for who may not, there is nobody.
func (d *Directory) SeenBy(ctx context.Context, by, u dbsql.User, err error) (dbsql.User, error) {
	if err != nil || !by.Guest {
		return u, err
	}
	seen, err := d.Seen(ctx, by, u.ID)
	if err == nil && len(seen) == 0 {
		return dbsql.User{}, fault.NotFound("user")
	}
	return u, err
}

// AllSeenBy are those of a list whom somebody may see.
func (d *Directory) AllSeenBy(ctx context.Context, by dbsql.User, list []dbsql.User) ([]dbsql.User, error) {
	if !by.Guest {
		return list, nil
	}
	ids := make([]id.ID, len(list))
	for i, u := range list {
		ids[i] = u.ID
	}
	seen, err := d.Seen(ctx, by, ids...)
	return slices.DeleteFunc(list, func(u dbsql.User) bool { return !slices.Contains(seen, u.ID) }), err
}

// Restriction is who it is that sees not everybody; zero where somebody does.
func Restriction(by dbsql.User) id.ID {
	if by.Guest {
		return by.ID
	}
	return id.ID{}
}

// besides are the guests who may hear of a user. None do where they can't be told apart.
func (d *Directory) besides(ctx context.Context, user id.ID) []id.ID {
	guests, err := d.DB.GuestsBeside(ctx, user)
	if err != nil {
		return []id.ID{}
	}
	return guests
}
