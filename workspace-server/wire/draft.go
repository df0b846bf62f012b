package wire

import (
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Draft is what somebody has begun to write and not posted.
type Draft struct {
	CreateAt  int64           `json:"create_at"`
	UpdateAt  int64           `json:"update_at"`
	DeleteAt  int64           `json:"delete_at"` // always 0
	UserID    id.ID           `json:"user_id"`
	ChannelID id.ID           `json:"channel_id"`
	RootID    id.ID           `json:"root_id"`
	Message   string          `json:"message"`
	Type      string          `json:"type"`
	Props     json.RawMessage `json:"props"`
	FileIDs   []id.ID         `json:"file_ids,omitempty"`
	Metadata  *PostMetadata   `json:"metadata,omitempty"`
	Priority  json.RawMessage `json:"priority,omitempty"`
}
