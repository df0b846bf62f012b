// Package commands owns what people type behind a slash. It never decides what somebody may do: it asks as the routes ask that do the same.
package commands

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/trigger"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Runner does what commands say.
type Runner struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Config   *config.Book
	Now      clock.Clock
	Users    *users.Directory
	Channels *channels.Directory
	Posts    *posts.Log
	Outbound *outbound.Client
	Triggers *trigger.Seal
	Site     string // where this server is, without a slash at its end
}

// Call is a command that somebody typed, and where.
type Call struct {
	User   dbsql.User
	In     channels.Access
	Team   id.ID // where it looks for channels; that of the channel unless that has none
	RootID id.ID
	text   string // behind the trigger
}

// command is one that every workspace has.
type command struct {
	trigger, hint, description string
	run                        func(*Runner, context.Context, Call) (answer, error)
}

// answer is what comes of a command: a word to who typed it, a post in the channel, a place to go to.
type answer struct {
	text   string
	post   string
	kind   string // of the post
	goesTo string
}

const (
	inChannel = "in_channel"
	ephemeral = "ephemeral"
	longest   = 20_000 // bytes of a command
)

// Execute does a command and tells who typed it what came of it. What can't be done is told in the same way, as no error of the request.
func (r *Runner) Execute(ctx context.Context, c Call, typed string) (*wire.CommandResponse, error) {
	name, text, err := parse(typed)
	if err != nil {
		return nil, err
	}
	c.text = text
	if c.Team.IsZero() {
		c.Team = c.In.Channel.TeamID
	}
	known := builtIn()
	at := slices.IndexFunc(known, func(b command) bool { return b.trigger == name })
	if at < 0 {
		if !r.Config.Settings().Enabled.Commands {
			return nil, fault.New(http.StatusNotImplemented, "api.command.disabled.app_error", "Commands of one's own are switched off in this workspace; a system admin can change that.")
		}
		return r.call(ctx, c, name)
	}
	out, err := known[at].run(r, ctx, c)
	var refused *fault.Error
	if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError {
		out, err = answer{text: refused.Message}, nil
	}
	if err != nil {
		return nil, err
	}
	return r.tell(ctx, c, out)
}

// parse takes a command apart: its trigger, in lower case, and what stands behind it.
func parse(typed string) (trigger, text string, err error) {
	if len(typed) < 2 || typed[0] != '/' || len(typed) > longest {
		return "", "", fault.BadBody("command", "a slash, the name of a command, and what it needs: at most 20,000 bytes")
	}
	end := strings.IndexFunc(typed, unicode.IsSpace)
	if end < 0 {
		end = len(typed)
	}
	if trigger = strings.ToLower(typed[1:end]); trigger == "" {
		return "", "", fault.BadBody("command", "the name of a command right behind the slash")
	}
	return trigger, strings.TrimSpace(typed[end:]), nil
}

func (r *Runner) tell(ctx context.Context, c Call, out answer) (*wire.CommandResponse, error) {
	view := &wire.CommandResponse{ResponseType: ephemeral, Text: out.text, GotoLocation: out.goesTo, ChannelID: c.In.Channel.ID}
	if out.post != "" {
		view.ResponseType, view.Text, view.Type = inChannel, out.post, out.kind
		_, err := r.Posts.Create(ctx, posts.Draft{Author: c.User, Channel: c.In.Channel, RootID: c.RootID, Message: out.post, Type: out.kind,
			AtAll: c.In.Allow(c.User.Roles, roles.UseChannelMentions), AtGroups: c.In.Allow(c.User.Roles, roles.UseGroupMentions)})
		return view, err
	}
	if out.text != "" {
		r.whisper(c, posts.Draft{Message: out.text})
	}
	return view, nil
}

// whisper shows something to who typed the command, and to nobody else, until they look elsewhere.
func (r *Runner) whisper(c Call, d posts.Draft) {
	r.Posts.Whisper(posts.Whisper{To: c.User.ID, By: c.User.ID, Channel: c.In.Channel.ID, RootID: c.RootID, Message: d.Message, Props: d.Props})
}
