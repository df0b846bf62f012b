// Package actions owns what happens when somebody presses a button that a program has attached to a post, and the dialogs that programs show
// them for it. It never shows anybody what is called.
package actions

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/hooks"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/trigger"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Runner calls what buttons and dialogs are for.
type Runner struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Posts    *posts.Log
	Outbound *outbound.Client
	Triggers *trigger.Seal
}

// Press is a button that somebody has pressed, or what they have chosen in a menu.
type Press struct {
	User    dbsql.User
	Channel dbsql.Channel
	Post    *dbsql.Post         // nil: it is not kept
	Cookie  *attachments.Cookie // then this tells of it
	Action  string
	Chosen  string // of a menu
}

var errNoAction = fault.New(http.StatusNotFound, "api.post.do_action.action_id.app_error", "The post has no such action, or that calls nobody.")

func failed(why string) error {
	return fault.New(http.StatusBadRequest, "api.post.do_action.action_integration.app_error", "The program behind the action %s.", why)
}

// action is what was pressed, as a cookie would tell it.
func (p Press) action() (attachments.Cookie, error) {
	if p.Post == nil {
		if p.Cookie == nil || p.Cookie.ID != p.Action {
			return attachments.Cookie{}, errNoAction
		}
		return *p.Cookie, nil
	}
	found, ok := attachments.Find(p.Post.Props, p.Action)
	if !ok {
		return attachments.Cookie{}, errNoAction
	}
	of := attachments.Cookie{Action: found, ID: p.Action, Post: p.Post.ID, Root: p.Post.RootID, Channel: p.Post.ChannelID, Props: p.Post.Props}
	if of.Root.IsZero() {
		of.Root = of.Post
	}
	return of, nil
}

// Do calls what an action calls, does what that answers, and tells the client by which id it will know a dialog that follows.
func (r *Runner) Do(ctx context.Context, p Press) (*wire.PostActionAPIResponse, error) {
	of, err := p.action()
	if err != nil {
		return nil, err
	}
	client, trigger := r.Triggers.Make(p.User.ID)
	body, err := r.told(ctx, p, of, trigger)
	if err != nil {
		return nil, err
	}
	in, err := ask[wire.PostActionIntegrationResponse](ctx, r, outbound.Call{For: "action", By: p.User.ID, Method: http.MethodPost, URL: of.Integration.URL, Kind: "application/json", Body: body})
	if err != nil {
		return nil, err
	}
	if in.Update != nil {
		if err := r.update(ctx, p, of, *in.Update); err != nil {
			return nil, err
		}
	}
	if text := in.EphemeralText; text != "" {
		if !in.SkipSlackParsing {
			text = hooks.Markdown(text)
		}
		r.Posts.Whisper(posts.Whisper{To: p.User.ID, By: p.User.ID, Channel: of.Channel, RootID: of.Root, Message: text, Props: posts.Speaker(of.Props)})
	}
	return &wire.PostActionAPIResponse{Status: "OK", TriggerID: client}, nil
}

// ask calls a program once, as somebody waits, and reads what it answers. Nothing is an answer too.
func ask[T any](ctx context.Context, r *Runner, call outbound.Call) (in T, err error) {
	if !outbound.Valid(call.URL) {
		return in, failed("has no address that begins with http:// or https://")
	}
	answer, err := r.Outbound.Do(ctx, call)
	switch {
	case err != nil:
		return in, failed("could not be called")
	case !answer.OK():
		return in, failed(fmt.Sprintf("answered with status %d", answer.Status))
	case len(bytes.TrimSpace(answer.Body)) == 0:
		return in, nil
	}
	if err := answer.Decode(&in); err != nil {
		return in, failed("answered what can't be read")
	}
	return in, nil
}

// told is what the program is told.
func (r *Runner) told(ctx context.Context, p Press, of attachments.Cookie, trigger string) ([]byte, error) {
	out := wire.PostActionIntegrationRequest{UserID: p.User.ID, UserName: p.User.Username, ChannelID: p.Channel.ID, ChannelName: p.Channel.Name, TeamID: p.Channel.TeamID, PostID: of.Post,
		TriggerID: trigger, Type: of.Type}
	if !out.TeamID.IsZero() {
		team, err := r.DB.TeamByID(ctx, out.TeamID)
		if err != nil {
			return nil, err
		}
		out.TeamName = team.Name
	}
	out.Context = maps.Clone(of.Integration.Context)
	if of.Type == "select" {
		if out.Context == nil {
			out.Context = map[string]json.RawMessage{}
		}
		out.DataSource = of.DataSource
		out.Context["selected_option"], _ = json.Marshal(p.Chosen) // a text
	}
	body, _ := json.Marshal(out) // so is all of it
	return body, nil
}

// update has the post say what the program says. Who speaks stays the same.
func (r *Runner) update(ctx context.Context, p Press, of attachments.Cookie, next wire.PostActionUpdate) error {
	var props *json.RawMessage
	if len(next.Props) > 0 && string(next.Props) != "null" {
		props = &next.Props
	}
	if p.Post != nil {
		_, err := r.Posts.Edit(ctx, *p.Post, &next.Message, props)
		return err
	}
	return r.Posts.Rewhisper(posts.Whisper{ID: of.Post, To: p.User.ID, By: p.User.ID, Channel: of.Channel, RootID: of.Root, Message: next.Message, Props: next.Props}, of.Props)
}
