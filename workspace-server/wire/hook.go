package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// IncomingWebhook is an address at which programs post in a channel.
type IncomingWebhook struct {
	ID            id.ID  `json:"id"`
	CreateAt      int64  `json:"create_at"`
	UpdateAt      int64  `json:"update_at"`
	DeleteAt      int64  `json:"delete_at"`
	UserID        id.ID  `json:"user_id"`
	ChannelID     id.ID  `json:"channel_id"`
	TeamID        id.ID  `json:"team_id"`
	DisplayName   string `json:"display_name"`
	Description   string `json:"description"`
	Username      string `json:"username"`
	IconURL       string `json:"icon_url"`
	ChannelLocked bool   `json:"channel_locked"`
	LastUsed      int64  `json:"last_used"`
}

// IncomingWebhooks is a part of them, and how many there are in all.
type IncomingWebhooks struct {
	Webhooks   []*IncomingWebhook `json:"incoming_webhooks"`
	TotalCount int64              `json:"total_count"`
}

// IncomingWebhookRequest is what a program sends to one.
type IncomingWebhookRequest struct {
	Text        string            `json:"text"`
	Username    string            `json:"username"`
	IconURL     string            `json:"icon_url"`
	ChannelName string            `json:"channel"` // a channel's name, or a user's behind an @
	RootID      string            `json:"root_id"`
	Props       json.RawMessage   `json:"props"`
	Attachments []json.RawMessage `json:"attachments"`
	Type        string            `json:"type"`
	IconEmoji   string            `json:"icon_emoji"`
	Priority    *PostPriority     `json:"priority"`
}

// OutgoingWebhook is an address that is told what is said in public channels of a team.
type OutgoingWebhook struct {
	ID           id.ID    `json:"id"`
	Token        id.ID    `json:"token"` // by which it knows us
	CreateAt     int64    `json:"create_at"`
	UpdateAt     int64    `json:"update_at"`
	DeleteAt     int64    `json:"delete_at"`
	CreatorID    id.ID    `json:"creator_id"`
	ChannelID    id.ID    `json:"channel_id"` // none: all public channels
	TeamID       id.ID    `json:"team_id"`
	TriggerWords []string `json:"trigger_words"`
	TriggerWhen  int      `json:"trigger_when"` // 0: the first word is one of them; 1: it begins with one
	CallbackURLs []string `json:"callback_urls"`
	DisplayName  string   `json:"display_name"`
	Description  string   `json:"description"`
	ContentType  string   `json:"content_type"`
	Username     string   `json:"username"`
	IconURL      string   `json:"icon_url"`
}

// OutgoingWebhookPayload is what it is told.
type OutgoingWebhookPayload struct {
	Token       id.ID  `json:"token"`
	TeamID      id.ID  `json:"team_id"`
	TeamDomain  string `json:"team_domain"`
	ChannelID   id.ID  `json:"channel_id"`
	ChannelName string `json:"channel_name"`
	Timestamp   int64  `json:"timestamp"`
	UserID      id.ID  `json:"user_id"`
	UserName    string `json:"user_name"`
	PostID      id.ID  `json:"post_id"`
	Text        string `json:"text"`
	TriggerWord string `json:"trigger_word"`
	FileIDs     string `json:"file_ids"` // with commas between them
}

// OutgoingWebhookResponse is what it may answer, which is posted.
type OutgoingWebhookResponse struct {
	Text         *string           `json:"text"`
	Username     string            `json:"username"`
	IconURL      string            `json:"icon_url"`
	Props        json.RawMessage   `json:"props"`
	Attachments  []json.RawMessage `json:"attachments"`
	Type         string            `json:"type"`
	ResponseType string            `json:"response_type"` // "comment": as a reply
	Priority     *PostPriority     `json:"priority"`
}
