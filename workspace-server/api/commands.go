package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/commands"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) executeCommand(r *Request) (Response, error) {
	in, err := decode[wire.CommandArgs](r)
	if err != nil {
		return Response{}, err
	}
	if !in.TeamID.IsZero() { // the one that its client shows, which a direct message has not
		if err := a.enterTeam(r, in.TeamID, roles.ViewTeam); err != nil {
			return Response{}, err
		}
	}
	call := commands.Call{User: r.User, In: r.Channel, Team: in.TeamID, RootID: in.RootID}
	return reply(a.Commands.Execute(r.Context(), call, in.Command))
}

func (a *API) typedCommands(r *Request) (Response, error) {
	return reply(a.Commands.ForTyping(r.Context(), r.Team.Team.ID))
}

func (a *API) suggestCommands(r *Request) (Response, error) {
	return reply(a.Commands.Suggest(r.Context(), r.Team.Team.ID, r.Query().Get("user_input")))
}
