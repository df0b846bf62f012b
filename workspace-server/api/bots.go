package api

import (
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (a *API) createBot(r *Request) (Response, error) {
	in, err := decode[wire.Bot](r)
	if err != nil {
		return Response{}, err
	}
	return created(a.Users.CreateBot(r.Context(), r.User.ID, in))
}

func (a *API) listBots(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	rows, err := a.DB.Bots(r.Context(), dbsql.BotsParams{IncludeDeleted: r.Flag("include_deleted"), OnlyOrphaned: r.Flag("only_orphaned"),
		MaxRows: int32(size), Skip: int32(number * size)})
	out := make([]*wire.Bot, len(rows))
	for i, u := range rows {
		out[i] = users.BotView(u)
	}
	return reply(out, err)
}

// bot is the one that the address names.
func (a *API) bot(r *Request, includeDeleted bool) (dbsql.User, error) {
	bot, err := r.ID("bot_user_id")
	if err != nil {
		return dbsql.User{}, err
	}
	return a.Users.Bot(r.Context(), bot, includeDeleted)
}

func (a *API) getBot(r *Request) (Response, error) {
	u, err := a.bot(r, r.Flag("include_deleted"))
	return reply(users.BotView(u), err)
}

func (a *API) patchBot(r *Request) (Response, error) {
	u, err := a.bot(r, true)
	if err != nil {
		return Response{}, err
	}
	patch, err := decode[wire.BotPatch](r)
	if err != nil {
		return Response{}, err
	}
	return reply(a.Users.PatchBot(r.Context(), u, patch))
}

func (a *API) setBotActive(active bool) Handler {
	return func(r *Request) (Response, error) {
		u, err := a.bot(r, true)
		if err == nil {
			err = a.setActive(r.Context(), u.ID, active)
		}
		if err != nil {
			return Response{}, err
		}
		u, err = a.bot(r, true)
		return reply(users.BotView(u), err)
	}
}

func (a *API) assignBot(r *Request) (Response, error) {
	u, err := a.bot(r, true)
	if err != nil {
		return Response{}, err
	}
	owner, err := r.ID("user_id")
	if err != nil {
		return Response{}, err
	}
	return reply(a.Users.AssignBot(r.Context(), u.ID, owner))
}

func (a *API) convertBot(r *Request) (Response, error) {
	u, err := a.bot(r, true)
	if err != nil {
		return Response{}, err
	}
	patch, err := decode[wire.UserPatch](r)
	if err != nil {
		return Response{}, err
	}
	u, err = a.Users.BecomePerson(r.Context(), u, patch, r.Flag("set_system_admin"))
	if err == nil { // who had a token of the bot is not that person
		err = a.Sessions.CloseAll(r.Context(), u.ID, id.ID{})
	}
	return reply(users.ForSelf(u), err)
}
