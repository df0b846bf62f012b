package commands

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const mostExtra = 10 // responses beside the first

// call does a command of the team's own: it asks the program, and says what that answers.
func (r *Runner) call(ctx context.Context, c Call, name string) (*wire.CommandResponse, error) {
	team := c.In.Channel.TeamID
	if team.IsZero() {
		team = c.Team
	}
	own, err := r.DB.CommandByTrigger(ctx, dbsql.CommandByTriggerParams{TeamID: team, Trigger: name})
	if store.Missing(err) {
		return nil, fault.New(http.StatusNotFound, "api.command.execute_command.not_found.app_error", "There is no command /%s.", name)
	}
	if err != nil {
		return nil, err
	}
	client, trigger := r.Triggers.Make(c.User.ID)
	request, err := r.request(ctx, c, own, trigger)
	if err != nil {
		return nil, err
	}
	answer, err := r.Outbound.Do(ctx, request)
	switch {
	case err != nil:
		return nil, fault.New(http.StatusBadRequest, "api.command.execute_command.failed.app_error", "The program behind /%s could not be called.", name)
	case !answer.OK():
		return nil, fault.New(http.StatusBadRequest, "api.command.execute_command.failed_resp.app_error", "The program behind /%s answered with status %d.", name, answer.Status)
	}
	in, err := response(answer.Kind, answer.Body)
	if err != nil {
		return nil, fault.New(http.StatusBadRequest, "api.command.execute_command.failed.app_error", "The program behind /%s answered what can't be read: %s.", name, err)
	}
	view := &wire.CommandResponse{ResponseType: cmp.Or(in.ResponseType, ephemeral), Text: in.Text, Username: in.Username, IconURL: in.IconURL, Type: in.Type, ChannelID: c.In.Channel.ID,
		GotoLocation: safe(in.GotoLocation), TriggerID: client, SkipSlackParsing: in.SkipSlackParsing}
	return view, r.sayAll(ctx, c, own, in)
}

// request is what the program is asked.
func (r *Runner) request(ctx context.Context, c Call, own dbsql.Command, trigger string) (outbound.Call, error) {
	team, err := r.DB.TeamByID(ctx, own.TeamID)
	if err != nil {
		return outbound.Call{}, err
	}
	later := newSecret()
	if err := r.DB.InsertCommandReply(ctx, dbsql.InsertCommandReplyParams{ID: later, CommandID: own.ID, UserID: c.User.ID, ChannelID: c.In.Channel.ID, RootID: c.RootID, CreateAt: r.Now.Millis()}); err != nil {
		return outbound.Call{}, err
	}
	form := url.Values{"token": {own.Token.String()}, "team_id": {team.ID.String()}, "team_domain": {team.Name}, "channel_id": {c.In.Channel.ID.String()}, "channel_name": {c.In.Channel.Name},
		"user_id": {c.User.ID.String()}, "user_name": {c.User.Username}, "command": {"/" + own.Trigger}, "text": {c.text}, "trigger_id": {trigger},
		"response_url": {r.Site + LaterPath + later.String()}}
	if err := r.mentioned(ctx, c, form); err != nil {
		return outbound.Call{}, err
	}
	out := outbound.Call{For: "command", By: c.User.ID, Method: http.MethodPost, URL: own.Url, Header: http.Header{"Authorization": {"Token " + own.Token.String()}}}
	if own.Method == "P" {
		out.Kind, out.Body = "application/x-www-form-urlencoded", []byte(form.Encode())
		return out, nil
	}
	at, err := url.Parse(own.Url)
	if err != nil {
		return out, err
	}
	if at.RawQuery != "" {
		at.RawQuery += "&"
	}
	at.RawQuery += form.Encode()
	out.Method, out.URL = http.MethodGet, at.String()
	return out, nil
}

// response is what a program says: JSON, or a text.
func response(kind string, body []byte) (in wire.CommandResponse, err error) {
	if is, _, _ := mime.ParseMediaType(kind); is != "application/json" {
		in.Text = strings.ToValidUTF8(strings.ReplaceAll(string(body), "\x00", ""), "\uFFFD")
		return in, nil
	}
	err = outbound.Answer{Body: body}.Decode(&in)
	if err == nil && len(in.ExtraResponses) > mostExtra {
		err = fault.BadBody("extra_responses", "at most 10")
	}
	return in, err
}

// safe is where a client may be sent: anywhere but into a script.
func safe(location string) string {
	u, err := url.Parse(strings.TrimSpace(location))
	if err != nil || slices.Contains([]string{"javascript", "data", "vbscript"}, u.Scheme) {
		return ""
	}
	return u.String()
}

func (r *Runner) sayAll(ctx context.Context, c Call, own dbsql.Command, in wire.CommandResponse) error {
	for _, one := range append([]*wire.CommandResponse{&in}, in.ExtraResponses...) {
		if one == nil {
			continue
		}
		if err := r.say(ctx, c, own, *one); err != nil {
			return err
		}
	}
	return nil
}

// say posts what a program says in the name of who typed the command, or tells it to them alone.
func (r *Runner) say(ctx context.Context, c Call, own dbsql.Command, in wire.CommandResponse) (err error) {
	if strings.TrimSpace(in.Text) == "" && len(in.Attachments) == 0 {
		return nil
	}
	if !in.ChannelID.IsZero() && in.ChannelID != c.In.Channel.ID {
		c.RootID = id.ID{}
		if c.In, err = r.Channels.Access(ctx, in.ChannelID, c.User.ID); err != nil {
			return err
		}
		if !c.In.Allow(c.User.Roles, roles.CreatePost) {
			return fault.Forbidden()
		}
	}
	d, err := hooks.Draft(hooks.Speaker{IconURL: own.IconUrl, Literally: in.SkipSlackParsing}, wire.IncomingWebhookRequest{Text: in.Text, Username: cmp.Or(own.Username, in.Username),
		IconURL: cmp.Or(own.IconUrl, in.IconURL), Props: in.Props, Attachments: in.Attachments, Type: in.Type})
	if err != nil {
		return err
	}
	if in.ResponseType != inChannel {
		if err := posts.CheckText(d.Message, &d.Props); err != nil {
			return err
		}
		r.whisper(c, d)
		return nil
	}
	d.Author, d.Channel, d.RootID, d.ByProgram = c.User, c.In.Channel, c.RootID, true
	d.AtAll, d.AtGroups = c.In.Allow(c.User.Roles, roles.UseChannelMentions), c.In.Allow(c.User.Roles, roles.UseGroupMentions)
	return hooks.Post(ctx, r.Posts, d)
}
