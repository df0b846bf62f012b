package commands

import (
	"context"
	"crypto/rand"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const mostCommands = 10_000 // of a workspace

var errNoCommand = fault.NotFound("command")

// View is a team's own command as the wire has it.
func View(c dbsql.Command) *wire.Command {
	return &wire.Command{ID: c.ID, Token: c.Token.String(), CreateAt: c.CreateAt, UpdateAt: c.UpdateAt, CreatorID: c.CreatorID, TeamID: c.TeamID, Trigger: c.Trigger, Method: c.Method,
		Username: c.Username, IconURL: c.IconUrl, AutoComplete: c.AutoComplete, AutoCompleteDesc: c.AutoCompleteDesc, AutoCompleteHint: c.AutoCompleteHint,
		DisplayName: c.DisplayName, Description: c.Description, URL: c.Url}
}

// forTyping is what who types a command may know of it: nothing of what it calls, and of who made it.
func forTyping(c dbsql.Command) *wire.Command {
	v := View(c)
	v.Token, v.CreatorID, v.Method, v.URL, v.Username, v.IconURL = "", id.ID{}, "", "", "", ""
	return v
}

var triggerText = regexp.MustCompile(`^[a-z0-9_.-][a-z0-9_./-]{0,127}$`)

func wrong(name, allowed string) error {
	return fault.New(http.StatusBadRequest, "model.command.is_valid."+name+".app_error", "A command has %s.", allowed)
}

var errTaken = fault.New(http.StatusBadRequest, "api.command.duplicate_trigger.app_error", "This trigger word is taken by another command.")

// check says whether a command may be as it is given, and makes its trigger lower case.
func check(in *wire.Command) error {
	in.Trigger = strings.ToLower(in.Trigger)
	switch {
	case !triggerText.MatchString(in.Trigger):
		return wrong("trigger", "a trigger of 1 to 128 letters, digits and _ . / -, without a slash in front")
	case slices.ContainsFunc(builtIn(), func(b command) bool { return b.trigger == in.Trigger }):
		return errTaken
	case in.URL == "" || len(in.URL) > 1024:
		return wrong("url", "a URL of at most 1024 bytes")
	case !outbound.Valid(in.URL):
		return wrong("url_http", "a URL that begins with http:// or https://")
	case in.Method != "G" && in.Method != "P":
		return wrong("method", "the method G or P")
	case in.IconURL != "" && !outbound.Valid(in.IconURL):
		return fault.BadBody("icon_url", "an address that begins with http:// or https://, or nothing")
	}
	for _, f := range []struct {
		name, value string
		most        int
		says        string
	}{{"display_name", in.DisplayName, 64, "a display_name of at most 64 bytes"}, {"description", in.Description, 128, "a description of at most 128 bytes"},
		{"username", in.Username, 64, "a username of at most 64 bytes"}, {"icon_url", in.IconURL, 1024, "an icon_url of at most 1024 bytes"},
		{"autocomplete_data", in.AutoCompleteDesc, 1024, "an auto_complete_desc of at most 1024 bytes"}, {"autocomplete_data", in.AutoCompleteHint, 1024, "an auto_complete_hint of at most 1024 bytes"}} {
		if len(f.value) > f.most {
			return wrong(f.name, f.says)
		}
	}
	return nil
}

func newSecret() (secret id.ID) {
	_, _ = rand.Read(secret[:]) // crypto/rand never fails since Go 1.24
	return secret
}

// seen is a command after it was written.
func seen(c dbsql.Command, err error) (*wire.Command, error) {
	switch {
	case store.Violates(err, "commands_trigger_key"):
		return nil, errTaken
	case store.Missing(err):
		return nil, errNoCommand
	}
	return View(c), err
}

// Create makes a command of a team, by a user.
func (r *Runner) Create(ctx context.Context, creator id.ID, in wire.Command) (*wire.Command, error) {
	if err := check(&in); err != nil {
		return nil, err
	}
	c, err := r.DB.InsertCommand(ctx, dbsql.InsertCommandParams{ID: id.New(), Token: newSecret(), Now: r.Now.Millis(), CreatorID: creator, TeamID: in.TeamID, Trigger: in.Trigger, Method: in.Method,
		Username: in.Username, IconUrl: in.IconURL, AutoComplete: in.AutoComplete, AutoCompleteDesc: in.AutoCompleteDesc, AutoCompleteHint: in.AutoCompleteHint,
		DisplayName: in.DisplayName, Description: in.Description, Url: in.URL, Most: mostCommands})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "api.command.too_many.app_error", "A workspace has at most %d commands of its own.", mostCommands)
	}
	return seen(c, err)
}

// Find is one command of a team's own.
func (r *Runner) Find(ctx context.Context, command id.ID) (dbsql.Command, error) {
	c, err := r.DB.Command(ctx, command)
	if store.Missing(err) {
		err = errNoCommand
	}
	return c, err
}

// Update changes all of a command but its team, its creator and its token.
func (r *Runner) Update(ctx context.Context, command id.ID, in wire.Command) (*wire.Command, error) {
	if err := check(&in); err != nil {
		return nil, err
	}
	return seen(r.DB.UpdateCommand(ctx, dbsql.UpdateCommandParams{ID: command, Now: r.Now.Millis(), Trigger: in.Trigger, Method: in.Method, Username: in.Username, IconUrl: in.IconURL,
		AutoComplete: in.AutoComplete, AutoCompleteDesc: in.AutoCompleteDesc, AutoCompleteHint: in.AutoCompleteHint, DisplayName: in.DisplayName, Description: in.Description, Url: in.URL}))
}

// Renew gives a command another token.
func (r *Runner) Renew(ctx context.Context, command id.ID) (*wire.Command, error) {
	return seen(r.DB.RenewCommand(ctx, dbsql.RenewCommandParams{ID: command, Now: r.Now.Millis(), Token: newSecret()}))
}

// Move gives a command to another team.
func (r *Runner) Move(ctx context.Context, command, team id.ID) error {
	n, err := r.DB.MoveCommand(ctx, dbsql.MoveCommandParams{ID: command, Now: r.Now.Millis(), TeamID: team})
	return gone(n, err)
}

// Delete ends a command.
func (r *Runner) Delete(ctx context.Context, command id.ID) error {
	return gone(r.DB.DeleteCommand(ctx, command))
}

func gone(n int64, err error) error {
	switch {
	case store.Violates(err, "commands_trigger_key"):
		return errTaken
	case err == nil && n == 0:
		return errNoCommand
	}
	return err
}
