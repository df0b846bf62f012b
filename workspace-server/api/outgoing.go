package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// outgoingChannel is the one that a hook is told of, which who makes it has to be able to read; none for all.
func (a *API) outgoingChannel(r *Request, channel id.ID) (dbsql.Channel, error) {
	if channel.IsZero() {
		return dbsql.Channel{}, nil
	}
	err := a.enterChannel(r, channel, roles.ReadChannel)
	return r.Channel.Channel, err
}

func (a *API) createOutgoing(r *Request) (Response, error) {
	in, err := decode[wire.OutgoingWebhook](r)
	if err != nil {
		return Response{}, err
	}
	if in.TeamID.IsZero() {
		return Response{}, fault.BadBody("team_id", "the id of a team")
	}
	creator := in.CreatorID
	if creator.IsZero() {
		creator = r.User.ID
	}
	if _, err := a.mayHave(r, outgoing, in.TeamID, creator); err != nil {
		return Response{}, err
	}
	if err := a.mayBeMade(r, in.TeamID, creator); err != nil {
		return Response{}, err
	}
	of, err := a.outgoingChannel(r, in.ChannelID)
	if err != nil {
		return Response{}, err
	}
	return created(a.Hooks.CreateOutgoing(r.Context(), creator, in, of))
}

// mayBeMade says whether something may be made in another's name: who acts for them must not get further than they would themselves.
func (a *API) mayBeMade(r *Request, team, creator id.ID) error {
	if creator == r.User.ID {
		return nil
	}
	u, err := a.Users.Get(r.Context(), creator)
	if err != nil {
		return err
	}
	if roles.Allow(u.Roles, roles.ManageSystem) && !r.Admin() {
		return fault.Forbidden()
	}
	access, err := a.Teams.Access(r.Context(), team, creator)
	if err == nil && (!access.Member || u.DeleteAt > 0) {
		err = fault.BadBody("creator_id", "a member of the team")
	}
	return err
}

func (a *API) listOutgoing(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	team, err := r.QueryID("team_id")
	if err != nil {
		return Response{}, err
	}
	channel, err := r.QueryID("channel_id")
	if err != nil {
		return Response{}, err
	}
	if !channel.IsZero() {
		of, err := a.outgoingChannel(r, channel)
		if err != nil {
			return Response{}, err
		}
		team = of.TeamID
	}
	creator, err := a.whose(r, outgoing, team)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Hooks.ListOutgoing(r.Context(), team, channel, creator, number, size))
}

// onOutgoing finds the outgoing hook of the address, if the user may see and change it.
func (a *API) onOutgoing(then func(*Request, dbsql.OutgoingHook) (Response, error)) Handler {
	return func(r *Request) (Response, error) {
		name, err := r.ID("hook_id")
		if err != nil {
			return Response{}, err
		}
		h, err := a.Hooks.FindOutgoing(r.Context(), name)
		if err == nil {
			_, err = a.mayHave(r, outgoing, h.TeamID, h.CreatorID)
		}
		if err != nil {
			return Response{}, err
		}
		return then(r, h)
	}
}

func (a *API) getOutgoing(_ *Request, h dbsql.OutgoingHook) (Response, error) {
	return reply(hooks.OutgoingView(h), nil)
}

func (a *API) updateOutgoing(r *Request, h dbsql.OutgoingHook) (Response, error) {
	in, err := decode[wire.OutgoingWebhook](r)
	if err != nil {
		return Response{}, err
	}
	if in.ID != h.ID {
		return Response{}, fault.BadBody("id", "that of the address")
	}
	of, err := a.outgoingChannel(r, in.ChannelID)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Hooks.UpdateOutgoing(r.Context(), h, in, of))
}

func (a *API) deleteOutgoing(r *Request, h dbsql.OutgoingHook) (Response, error) {
	return done(a.Hooks.DeleteOutgoing(r.Context(), h.ID))
}

func (a *API) renewOutgoing(r *Request, h dbsql.OutgoingHook) (Response, error) {
	return reply(a.Hooks.Renew(r.Context(), h.ID))
}
