package api

import (
	"bytes"
	"cmp"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/teams"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// hookPath is where programs post.
const hookPath = "/hooks/{hook_id}"

// kind is what may be had in a team by one permission if it is one's own, and by another if it is others'.
type kind struct{ own, others roles.Permission }

var (
	incoming = kind{roles.ManageOwnHooks, roles.ManageOthersHooks}
	outgoing = kind{roles.ManageOwnOutgoingHooks, roles.ManageOthersOutgoingHooks}
	slash    = kind{roles.ManageOwnCommands, roles.ManageOthersCommands}
)

// mayHave reports whether the user may have something in a team, their own or others'.
func (a *API) mayHave(r *Request, k kind, team, owner id.ID) (teams.Access, error) {
	access, err := a.Teams.Access(r.Context(), team, r.User.ID)
	if err != nil {
		return access, err
	}
	want := k.own
	if owner != r.User.ID {
		want = k.others
	}
	return access, allowed(access.Allow(r.User.Roles, want))
}

// whose is of whom the user may see what there is in a team, or in all where it is zero: a zero id is everybody.
func (a *API) whose(r *Request, k kind, team id.ID) (id.ID, error) {
	if team.IsZero() {
		return id.ID{}, allowed(roles.Allow(r.User.Roles, k.others))
	}
	access, err := a.mayHave(r, k, team, r.User.ID)
	if access.Allow(r.User.Roles, k.others) {
		return id.ID{}, err
	}
	return r.User.ID, err
}

// hookChannel is where a hook shall post, which who makes it has to be able to read.
func (a *API) hookChannel(r *Request, channel id.ID) (dbsql.Channel, error) {
	if err := a.enterChannel(r, channel, roles.ReadChannel); err != nil {
		return dbsql.Channel{}, err
	}
	c := r.Channel.Channel
	if c.Type != channels.Public && !r.Channel.Member {
		return c, fault.Forbidden()
	}
	return c, nil
}

func (a *API) createHook(r *Request) (Response, error) {
	in, err := decode[wire.IncomingWebhook](r)
	if err != nil {
		return Response{}, err
	}
	if in.ChannelID.IsZero() {
		return Response{}, fault.BadBody("channel_id", "the id of a channel")
	}
	c, err := a.hookChannel(r, in.ChannelID)
	if err != nil {
		return Response{}, err
	}
	owner := in.UserID
	if owner.IsZero() {
		owner = r.User.ID
	}
	if !c.TeamID.IsZero() {
		if _, err := a.mayHave(r, incoming, c.TeamID, owner); err != nil {
			return Response{}, err
		}
	}
	of, err := a.Channels.Access(r.Context(), c.ID, owner)
	if err != nil {
		return Response{}, err
	}
	if owner != r.User.ID && (!of.TeamMember || !of.Member && c.Type != channels.Public) {
		return Response{}, fault.BadBody("user_id", "a member of the team, and of the channel unless that is public")
	}
	if u, err := a.Users.Get(r.Context(), owner); err != nil || (roles.Allow(u.Roles, roles.ManageSystem) && owner != r.User.ID && !r.Admin()) {
		return Response{}, cmp.Or[error](err, fault.Forbidden())
	}
	return created(a.Hooks.Create(r.Context(), owner, c, in))
}

func (a *API) listHooks(r *Request) (Response, error) {
	number, size, err := r.Page()
	if err != nil {
		return Response{}, err
	}
	team, err := r.QueryID("team_id")
	if err != nil {
		return Response{}, err
	}
	owner, err := a.whose(r, incoming, team)
	if err != nil {
		return Response{}, err
	}
	list, err := a.Hooks.List(r.Context(), team, owner, number, size)
	if err != nil || r.Flag("include_total_count") {
		return reply(list, err)
	}
	return reply(list.Webhooks, nil)
}

// hook is the one of the address, if the user may see and change it.
func (a *API) hook(r *Request) (dbsql.IncomingHook, error) {
	name, err := r.ID("hook_id")
	if err != nil {
		return dbsql.IncomingHook{}, err
	}
	h, err := a.Hooks.Find(r.Context(), name)
	if err == nil {
		_, err = a.mayHave(r, incoming, h.TeamID, h.UserID)
	}
	return h, err
}

func (a *API) getHook(r *Request) (Response, error) {
	h, err := a.hook(r)
	return reply(hooks.View(h), err)
}

func (a *API) updateHook(r *Request) (Response, error) {
	h, err := a.hook(r)
	if err != nil {
		return Response{}, err
	}
	in, err := decode[wire.IncomingWebhook](r)
	if err != nil {
		return Response{}, err
	}
	if in.ID != h.ID {
		return Response{}, fault.BadBody("id", "that of the address")
	}
	if in.ChannelID.IsZero() {
		in.ChannelID = h.ChannelID
	}
	c, err := a.hookChannel(r, in.ChannelID)
	if err != nil {
		return Response{}, err
	}
	return created(a.Hooks.Update(r.Context(), h, c, in))
}

func (a *API) deleteHook(r *Request) (Response, error) {
	h, err := a.hook(r)
	if err != nil {
		return Response{}, err
	}
	return done(a.Hooks.Delete(r.Context(), h.ID))
}

// takeHook needs nothing but the address, which is the secret.
func (a *API) takeHook(r *Request) (Response, error) {
	hook, err := id.Parse(r.Path("hook_id"))
	if err != nil {
		return Response{}, fault.New(http.StatusBadRequest, "web.incoming_webhook.invalid.app_error", "There is no such webhook.")
	}
	if r.body, err = payload(r); err != nil {
		return Response{}, err
	}
	r.body = hooks.Escaped(r.body)
	in, err := decode[wire.IncomingWebhookRequest](r)
	if err != nil {
		return Response{}, err
	}
	if err := a.Hooks.Take(r.Context(), hook, in); err != nil {
		return Response{}, err
	}
	return taken, nil
}

// taken is what a program is told that has said something.
var taken = Response{Write: func(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain")
	_, _ = w.Write([]byte("ok"))
}}

// payload is the JSON in a request: its body, or what a form has under that name.
func payload(r *Request) ([]byte, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch kind {
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(r.body))
		if err != nil {
			return nil, errNoPayload
		}
		return []byte(form.Get("payload")), nil
	case "multipart/form-data":
		form, err := multipart.NewReader(bytes.NewReader(r.body), params["boundary"]).ReadForm(maxBody)
		if err != nil || len(form.Value["payload"]) != 1 {
			return nil, errNoPayload
		}
		return []byte(form.Value["payload"][0]), nil
	}
	return r.body, nil
}

var errNoPayload = fault.New(http.StatusBadRequest, "web.incoming_webhook.parse.app_error", "The form has no payload.")
