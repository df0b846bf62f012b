package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// PushNotification is what a push proxy is asked to tell a phone.
type PushNotification struct {
	AckID            id.ID  `json:"ack_id"`
	Platform         string `json:"platform"`
	ServerID         id.ID  `json:"server_id"`
	DeviceID         string `json:"device_id"`
	PostID           id.ID  `json:"post_id"`
	Category         string `json:"category,omitempty"`
	Sound            string `json:"sound,omitempty"`
	Message          string `json:"message,omitempty"`
	Badge            int    `json:"badge,omitempty"`
	ContentAvailable int    `json:"cont_ava,omitempty"`
	TeamID           id.ID  `json:"team_id,omitzero"`
	ChannelID        id.ID  `json:"channel_id,omitzero"`
	RootID           id.ID  `json:"root_id,omitzero"`
	ChannelName      string `json:"channel_name,omitempty"`
	Type             string `json:"type,omitempty"`
	SubType          string `json:"sub_type,omitempty"`
	Transport        string `json:"transport,omitempty"`
	SenderID         id.ID  `json:"sender_id,omitzero"`
	SenderName       string `json:"sender_name,omitempty"`
	OverrideUsername string `json:"override_username,omitempty"`
	OverrideIconURL  string `json:"override_icon_url,omitempty"`
	FromWebhook      string `json:"from_webhook,omitempty"`
	Version          string `json:"version,omitempty"`
	IsCRTEnabled     bool   `json:"is_crt_enabled"`
	IsIDLoaded       bool   `json:"is_id_loaded"`
	Signature        string `json:"signature"`
}

// PushNotificationAck is what a phone says of a push that came.
type PushNotificationAck struct {
	ID               string `json:"id"`
	ClientReceivedAt int64  `json:"received_at"`
	ClientPlatform   string `json:"platform"`
	NotificationType string `json:"type"`
	PostID           id.ID  `json:"post_id,omitzero"`
	IsIDLoaded       bool   `json:"is_id_loaded"`
}
