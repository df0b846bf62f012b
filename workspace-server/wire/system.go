package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// Error is the body of every answer that is no success.
type Error struct {
	ID            string `json:"id"`
	Message       string `json:"message"`
	DetailedError string `json:"detailed_error"`
	RequestID     string `json:"request_id,omitempty"`
	StatusCode    int    `json:"status_code,omitempty"`
}

// Role is a named set of permissions.
type Role struct {
	ID            id.ID    `json:"id"`
	Name          string   `json:"name"`
	DisplayName   string   `json:"display_name"`
	Description   string   `json:"description"`
	CreateAt      int64    `json:"create_at"`
	UpdateAt      int64    `json:"update_at"`
	DeleteAt      int64    `json:"delete_at"`
	Permissions   []string `json:"permissions"`
	SchemeManaged bool     `json:"scheme_managed"`
	BuiltIn       bool     `json:"built_in"`
	SchemeID      *string  `json:"scheme_id"`
}

// ServerLimits is what the workspace may hold; zero means no limit.
type ServerLimits struct {
	MaxUsersLimit           int64 `json:"maxUsersLimit"`
	MaxUsersHardLimit       int64 `json:"maxUsersHardLimit"`
	ActiveUserCount         int64 `json:"activeUserCount"`
	SingleChannelGuestCount int64 `json:"singleChannelGuestCount"`
	SingleChannelGuestLimit int64 `json:"singleChannelGuestLimit"`
	PostHistoryLimit        int64 `json:"postHistoryLimit"`
	LastAccessiblePostTime  int64 `json:"lastAccessiblePostTime"`
}

// Broadcast says whom a web-socket event is for.
type Broadcast struct {
	OmitUsers             map[id.ID]bool `json:"omit_users"`
	UserID                id.ID          `json:"user_id"`
	ChannelID             id.ID          `json:"channel_id"`
	TeamID                id.ID          `json:"team_id"`
	ConnectionID          string         `json:"connection_id"`
	OmitConnectionID      string         `json:"omit_connection_id"`
	ContainsSanitizedData bool           `json:"contains_sanitized_data,omitempty"`
	ContainsSensitiveData bool           `json:"contains_sensitive_data,omitempty"`
}

// SocketRequest is what a client sends over its web socket.
type SocketRequest struct {
	Seq    int64          `json:"seq"`
	Action string         `json:"action"`
	Data   map[string]any `json:"data"`
}

// SocketReply answers one SocketRequest.
type SocketReply struct {
	Status   string         `json:"status"`
	SeqReply int64          `json:"seq_reply,omitempty"`
	Data     map[string]any `json:"data,omitempty"`
	Error    *Error         `json:"error,omitempty"`
}
