package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// DoPostActionRequest is a button that somebody has pressed, or what they have chosen in a menu.
type DoPostActionRequest struct {
	SelectedOption string            `json:"selected_option,omitempty"`
	Cookie         string            `json:"cookie,omitempty"` // of a post that is not kept
	Query          map[string]string `json:"query,omitempty"`
}

// PostActionAPIResponse is what they are told.
type PostActionAPIResponse struct {
	Status    string `json:"status"`
	TriggerID string `json:"trigger_id"` // by which their client knows the dialog that may follow
}

// PostActionIntegrationRequest is what the program is told.
type PostActionIntegrationRequest struct {
	UserID      id.ID                      `json:"user_id"`
	UserName    string                     `json:"user_name"`
	ChannelID   id.ID                      `json:"channel_id"`
	ChannelName string                     `json:"channel_name"`
	TeamID      id.ID                      `json:"team_id"`
	TeamName    string                     `json:"team_domain"`
	PostID      id.ID                      `json:"post_id"`
	TriggerID   string                     `json:"trigger_id"`
	Type        string                     `json:"type"`
	DataSource  string                     `json:"data_source"`
	Context     map[string]json.RawMessage `json:"context,omitempty"`
}

// PostActionUpdate is what a program has a post say from now on. Without props it has those that it had.
type PostActionUpdate struct {
	Message string          `json:"message"`
	Props   json.RawMessage `json:"props"`
}

// PostActionIntegrationResponse is what the program answers.
type PostActionIntegrationResponse struct {
	Update           *PostActionUpdate `json:"update"`
	EphemeralText    string            `json:"ephemeral_text"`
	SkipSlackParsing bool              `json:"skip_slack_parsing"`
}

// OpenDialogRequest is a dialog that a program shows to who has just done something. To clients its trigger id is the one that they know.
type OpenDialogRequest struct {
	TriggerID string `json:"trigger_id"`
	URL       string `json:"url"` // is told what they fill in
	Dialog    Dialog `json:"dialog"`
}

// Dialog is a form.
type Dialog struct {
	CallbackID       string          `json:"callback_id"`
	Title            string          `json:"title"`
	IntroductionText string          `json:"introduction_text"`
	IconURL          string          `json:"icon_url"`
	Elements         []DialogElement `json:"elements"`
	SubmitLabel      string          `json:"submit_label"`
	NotifyOnCancel   bool            `json:"notify_on_cancel"`
	State            string          `json:"state"`
	SourceURL        string          `json:"source_url,omitempty"`
}

// DialogElement is one of its fields.
type DialogElement struct {
	DisplayName    string                `json:"display_name"`
	Name           string                `json:"name"`
	Type           string                `json:"type"`
	SubType        string                `json:"subtype"`
	Default        string                `json:"default"`
	Placeholder    string                `json:"placeholder"`
	HelpText       string                `json:"help_text"`
	Optional       bool                  `json:"optional"`
	MinLength      int                   `json:"min_length"`
	MaxLength      int                   `json:"max_length"`
	DataSource     string                `json:"data_source"`
	DataSourceURL  string                `json:"data_source_url,omitempty"`
	Options        []*DialogOption       `json:"options"`
	MultiSelect    bool                  `json:"multiselect"`
	Refresh        bool                  `json:"refresh,omitempty"`
	DateTimeConfig *DialogDateTimeConfig `json:"datetime_config,omitempty"`
	MinDate        string                `json:"min_date,omitempty"`
	MaxDate        string                `json:"max_date,omitempty"`
	TimeInterval   int                   `json:"time_interval,omitempty"`
}

// DialogOption is something to choose.
type DialogOption struct {
	Text  string `json:"text"`
	Value string `json:"value"`
}

// DialogDateTimeConfig is which days and times there are to choose.
type DialogDateTimeConfig struct {
	MinDate              string `json:"min_date,omitempty"`
	MaxDate              string `json:"max_date,omitempty"`
	TimeInterval         int    `json:"time_interval,omitempty"`
	LocationTimezone     string `json:"location_timezone,omitempty"`
	ManualTimeEntry      bool   `json:"manual_time_entry,omitempty"`
	AllowManualTimeEntry bool   `json:"allow_manual_time_entry,omitempty"`
}

// SubmitDialogRequest is a dialog that somebody has filled in, or begun to.
type SubmitDialogRequest struct {
	Type       string                     `json:"type"`
	URL        string                     `json:"url,omitempty"`
	CallbackID string                     `json:"callback_id"`
	State      string                     `json:"state"`
	UserID     id.ID                      `json:"user_id"`
	ChannelID  id.ID                      `json:"channel_id"`
	TeamID     id.ID                      `json:"team_id"`
	Submission map[string]json.RawMessage `json:"submission"`
	Cancelled  bool                       `json:"cancelled"`
}

// SubmitDialogResponse is what the program says to that: what is wrong with it, or how it goes on.
type SubmitDialogResponse struct {
	Error  string            `json:"error,omitempty"`
	Errors map[string]string `json:"errors,omitempty"`
	Type   string            `json:"type,omitempty"`
	Form   *Dialog           `json:"form,omitempty"`
}

// LookupDialogResponse is what there is to choose, by what somebody has typed.
type LookupDialogResponse struct {
	Items []DialogOption `json:"items"`
}
