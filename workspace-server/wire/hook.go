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
