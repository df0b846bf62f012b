package feed

import (
	"encoding/json"
	"fmt"

	"github.com/longhouse-dev/longhouse/internal/id"
)

const (
	// UsesPath is where a process of an edge POSTs Uses, with the same token, twice a minute, also where there is nothing to tell: who tells
	// nothing counts as not knowing. The answer is 204.
	UsesPath = "/edge/v1/uses"
	// MaxUses bounds the body.
	MaxUses = 64 << 10
	// UsesMost is how many workspaces one message names at most.
	UsesMost = 1000
)

// Uses says which workspaces somebody used at an edge since it told last: a request reached the instance, or was on its way there, or a
// web socket was open.
type Uses struct {
	Identity
	Workspaces []string `json:"workspaces"`     // ws_...
	More       bool     `json:"more,omitempty"` // another message follows
}

// ParseUses reads one.
func ParseUses(body []byte) (Uses, error) {
	var u Uses
	if err := json.Unmarshal(body, &u); err != nil {
		return Uses{}, fmt.Errorf("read uses: %w", err)
	}
	if err := u.check(); err != nil {
		return Uses{}, err
	}
	if len(u.Workspaces) > UsesMost {
		return Uses{}, fmt.Errorf("uses of %d workspaces: allowed are %d in one message", len(u.Workspaces), UsesMost)
	}
	for _, workspace := range u.Workspaces {
		if _, err := id.Parse(id.Workspace, workspace); err != nil {
			return Uses{}, err
		}
	}
	return u, nil
}
