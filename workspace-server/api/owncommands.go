package api

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/commands"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// laterPath is where programs say more of a command.
const laterPath = commands.LaterPath + "{reply_id}"

func (a *API) createCommand(r *Request) (Response, error) {
	in, err := decode[wire.Command](r)
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
	if _, err := a.mayHave(r, slash, in.TeamID, creator); err != nil {
		return Response{}, err
	}
	if err := a.mayBeMade(r, in.TeamID, creator); err != nil {
		return Response{}, err
	}
	return created(a.Commands.Create(r.Context(), creator, in))
}

// listCommands shows who may make commands all that there are, and others what they may type.
func (a *API) listCommands(r *Request) (Response, error) {
	team, err := r.QueryID("team_id")
	if err != nil {
		return Response{}, err
	}
	if team.IsZero() {
		return Response{}, fault.BadURL("team_id", "the id of a team")
	}
	if err := a.enterTeam(r, team, roles.ViewTeam); err != nil {
		return Response{}, err
	}
	creator, err := a.whose(r, slash, team)
	only := r.Flag("custom_only")
	if err != nil && !only {
		return a.typedCommands(r)
	}
	if err != nil {
		return Response{}, err
	}
	list, err := a.Commands.Own(r.Context(), team, creator)
	if !only {
		list = append(commands.BuiltIn(), list...)
	}
	return reply(list, err)
}

// onCommand finds the command of the address, if the user may see and change it.
func (a *API) onCommand(then func(*Request, dbsql.Command) (Response, error)) Handler {
	return func(r *Request) (Response, error) {
		name, err := r.ID("command_id")
		if err != nil {
			return Response{}, err
		}
		c, err := a.Commands.Find(r.Context(), name)
		if err == nil {
			_, err = a.mayHave(r, slash, c.TeamID, c.CreatorID)
		}
		if err != nil {
			return Response{}, err
		}
		return then(r, c)
	}
}

func (a *API) getCommand(_ *Request, c dbsql.Command) (Response, error) {
	return reply(commands.View(c), nil)
}

func (a *API) updateCommand(r *Request, c dbsql.Command) (Response, error) {
	in, err := decode[wire.Command](r)
	if err != nil {
		return Response{}, err
	}
	if in.ID != c.ID {
		return Response{}, fault.BadBody("id", "that of the address")
	}
	if !in.TeamID.IsZero() && in.TeamID != c.TeamID {
		return Response{}, fault.BadBody("team_id", "that of the command: another is given to it by /move")
	}
	return reply(a.Commands.Update(r.Context(), c.ID, in))
}

func (a *API) deleteCommand(r *Request, c dbsql.Command) (Response, error) {
	return done(a.Commands.Delete(r.Context(), c.ID))
}

func (a *API) moveCommand(r *Request, c dbsql.Command) (Response, error) {
	in, err := decode[struct {
		TeamID id.ID `json:"team_id"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	if in.TeamID.IsZero() {
		return Response{}, fault.BadBody("team_id", "the id of a team")
	}
	if _, err := a.mayHave(r, slash, in.TeamID, c.CreatorID); err != nil {
		return Response{}, err
	}
	return done(a.Commands.Move(r.Context(), c.ID, in.TeamID))
}

func (a *API) renewCommand(r *Request, c dbsql.Command) (Response, error) {
	renewed, err := a.Commands.Renew(r.Context(), c.ID)
	if err != nil {
		return Response{}, err
	}
	return reply(map[string]string{"token": renewed.Token}, nil)
}

// takeLater needs nothing but the address, which is the secret.
func (a *API) takeLater(r *Request) (Response, error) {
	waits, err := id.Parse(r.Path("reply_id"))
	if err != nil {
		return Response{}, fault.New(http.StatusBadRequest, "web.command_webhook.invalid.app_error", "No command waits for this answer.")
	}
	return taken, a.Commands.Later(r.Context(), waits, r.Header.Get("Content-Type"), r.body)
}
