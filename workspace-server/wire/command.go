package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Command is what somebody can type behind a slash.
type Command struct {
	ID                   id.ID            `json:"id"`
	Token                string           `json:"token"`
	CreateAt             int64            `json:"create_at"`
	UpdateAt             int64            `json:"update_at"`
	DeleteAt             int64            `json:"delete_at"`
	CreatorID            id.ID            `json:"creator_id"`
	TeamID               id.ID            `json:"team_id"`
	Trigger              string           `json:"trigger"`
	Method               string           `json:"method"`
	Username             string           `json:"username"`
	IconURL              string           `json:"icon_url"`
	AutoComplete         bool             `json:"auto_complete"`
	AutoCompleteDesc     string           `json:"auto_complete_desc"`
	AutoCompleteHint     string           `json:"auto_complete_hint"`
	DisplayName          string           `json:"display_name"`
	Description          string           `json:"description"`
	URL                  string           `json:"url"`
	PluginID             string           `json:"plugin_id"`
	AutocompleteData     *json.RawMessage `json:"autocomplete_data,omitempty"`
	AutocompleteIconData string           `json:"autocomplete_icon_data,omitempty"`
}

// CommandArgs is a command that somebody typed, and where.
type CommandArgs struct {
	UserID       id.ID  `json:"user_id"`
	ChannelID    id.ID  `json:"channel_id"`
	TeamID       id.ID  `json:"team_id"`
	RootID       id.ID  `json:"root_id"`
	ParentID     id.ID  `json:"parent_id"`
	TriggerID    string `json:"trigger_id,omitempty"`
	ConnectionID string `json:"connection_id,omitempty"`
	Command      string `json:"command"`
}

// CommandResponse is what a command answers to who typed it.
type CommandResponse struct {
	ResponseType     string             `json:"response_type"` // "in_channel" or "ephemeral"
	Text             string             `json:"text"`
	Username         string             `json:"username"`
	ChannelID        id.ID              `json:"channel_id"`
	IconURL          string             `json:"icon_url"`
	Type             string             `json:"type"`
	Props            json.RawMessage    `json:"props"`
	GotoLocation     string             `json:"goto_location"` // where the client goes
	TriggerID        string             `json:"trigger_id"`
	SkipSlackParsing bool               `json:"skip_slack_parsing"`
	Attachments      []json.RawMessage  `json:"attachments"`
	ExtraResponses   []*CommandResponse `json:"extra_responses"`
}

// AutocompleteSuggestion is how what somebody has begun to type could go on. Its names are the protocol's.
type AutocompleteSuggestion struct {
	Complete    string
	Suggestion  string
	Hint        string
	Description string
	IconData    string
}
