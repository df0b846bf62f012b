package wire

import "github.com/longhouse-dev/longhouse/workspace-server/id"

// UserAccessToken is what programs sign in with in somebody's name.
type UserAccessToken struct {
	ID          id.ID  `json:"id"`
	Token       string `json:"token,omitempty"` // only in the answer that makes it
	UserID      id.ID  `json:"user_id"`
	Description string `json:"description"`
	IsActive    bool   `json:"is_active"`
	ExpiresAt   int64  `json:"expires_at"` // 0: never
}
