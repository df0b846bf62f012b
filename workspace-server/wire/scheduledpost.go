package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// ScheduledPost is what somebody has written to be posted later.
type ScheduledPost struct {
	Draft
	ID          id.ID  `json:"id"`
	ScheduledAt int64  `json:"scheduled_at"`
	ProcessedAt int64  `json:"processed_at"` // when it could not be posted
	ErrorCode   string `json:"error_code"`   // why
}
