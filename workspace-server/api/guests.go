package api

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// turn makes a guest of a user, or a member of a guest. Their sessions stay.
func (a *API) turn(guest bool) Handler {
	return func(r *Request) (Response, error) {
		user, err := r.ID("user_id")
		if err != nil {
			return Response{}, err
		}
		var turned teams.Turned
		u, err := a.Users.SetGuest(r.Context(), user, guest, func(ctx context.Context, q *dbsql.Queries) (err error) {
			turned, err = a.Teams.Turn(ctx, q, user, guest)
			return err
		})
		if err != nil {
			return Response{}, err
		}
		if err := a.Sessions.CutOwing(r.Context(), user); err != nil { // guests need not owe what members do
			return Response{}, err
		}
		return done(a.Teams.TellTurned(r.Context(), turned, u, r.User))
	}
}

func (a *API) inviteGuests(r *Request) (Response, error) {
	in, err := decode[wire.GuestsInvite](r)
	if err != nil {
		return Response{}, err
	}
	graceful := r.Flag("graceful")
	answers, err := a.Teams.InviteGuests(r.Context(), r.Team.Team, r.User, in, !graceful)
	return a.invited(r, answers, graceful, err)
}

// invited tells, asked gracefully, for each address what came of it.
func (a *API) invited(r *Request, answers []teams.Refusal, graceful bool, err error) (Response, error) {
	if err != nil || !graceful {
		return done(err)
	}
	out := make([]wire.EmailInviteWithError, len(answers))
	for i, answer := range answers {
		out[i].Email = answer.Email
		if answer.Why != nil {
			out[i].Error = a.explain(r, answer.Why)
		}
	}
	return reply(out, nil)
}

// restriction is who asks, if they see only those with whom they share a channel.
func (r *Request) restriction() id.ID { return users.Restriction(r.User) }

// other finds a user whom who asks sees.
func (a *API) other(r *Request, user id.ID) (dbsql.User, error) {
	u, err := a.Users.Get(r.Context(), user)
	return a.Users.SeenBy(r.Context(), r.User, u, err)
}
