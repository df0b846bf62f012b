package commands

import (
	"context"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// BuiltIn are the commands that every workspace has, by name.
func BuiltIn() []*wire.Command {
	known := builtIn()
	out := make([]*wire.Command, len(known))
	for i, b := range known {
		out[i] = &wire.Command{Trigger: b.trigger, AutoComplete: true, AutoCompleteHint: b.hint, AutoCompleteDesc: b.description, DisplayName: b.trigger}
	}
	return out
}

// Own are the commands of a team's own: of a user, or everybody's where that is zero.
func (r *Runner) Own(ctx context.Context, team, creator id.ID) ([]*wire.Command, error) {
	rows, err := r.DB.CommandsOfTeam(ctx, dbsql.CommandsOfTeamParams{TeamID: team, CreatorID: creator})
	out := make([]*wire.Command, len(rows))
	for i, c := range rows {
		out[i] = View(c)
	}
	return out, err
}

// ForTyping are the commands that are suggested in a team: those that every workspace has, and of its own those that want to be.
func (r *Runner) ForTyping(ctx context.Context, team id.ID) ([]*wire.Command, error) {
	out := BuiltIn()
	if !r.Config.Settings().Enabled.Commands {
		return out, nil
	}
	rows, err := r.DB.CommandsOfTeam(ctx, dbsql.CommandsOfTeamParams{TeamID: team})
	for _, c := range rows {
		if c.AutoComplete {
			out = append(out, forTyping(c))
		}
	}
	return out, err
}

// Suggest is how what somebody in a team has begun to type could go on.
func (r *Runner) Suggest(ctx context.Context, team id.ID, begun string) ([]wire.AutocompleteSuggestion, error) {
	out := []wire.AutocompleteSuggestion{}
	begun = strings.ToLower(strings.TrimPrefix(begun, "/"))
	name, _, further := strings.Cut(begun, " ")
	list, err := r.ForTyping(ctx, team)
	for _, c := range list {
		if c.Trigger == name || (!further && strings.HasPrefix(c.Trigger, begun)) {
			out = append(out, wire.AutocompleteSuggestion{Complete: c.Trigger, Suggestion: c.Trigger, Hint: c.AutoCompleteHint, Description: c.AutoCompleteDesc})
		}
	}
	return out, err
}
