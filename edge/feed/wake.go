package feed

import (
	"encoding/json"
	"errors"
	"strings"
)

const (
	// WakesPath is where an edge POSTs a Wake, with the same token, when somebody came for a workspace that is asleep. The answer is 202 where
	// the workspace is awake or on its way, now or before; 409 where it is asleep no more, for another reason; 404 where there is none.
	WakesPath = "/edge/v1/wakes"
	// MaxWake bounds the body.
	MaxWake = 1 << 10
)

// Wake is the wish to have a workspace woken.
type Wake struct {
	WorkspaceID string `json:"workspace_id"` // ws_...
}

// ParseWake reads one.
func ParseWake(body []byte) (Wake, error) {
	var w Wake
	if json.Unmarshal(body, &w) != nil || !strings.HasPrefix(w.WorkspaceID, "ws_") {
		return Wake{}, errors.New(`the wish to have a workspace woken is {"workspace_id": "ws_..."}`)
	}
	return w, nil
}
