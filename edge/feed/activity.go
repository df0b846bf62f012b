package feed

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

const (
	// ActivityPath is where an edge POSTs an Activity, with the same token. The answer is 204; what it tells of a workspace that is no more
	// is left out.
	ActivityPath = "/edge/v1/activity"
	// MaxActivity bounds the body.
	MaxActivity = 1 << 20
	// MostActivity bounds the rules and addresses in one.
	MostActivity = 5000
)

// Activity is what the IP filters of workspaces did at an edge since it last said so.
type Activity struct {
	Workspaces []WorkspaceActivity `json:"workspaces"`
}

// WorkspaceActivity is that of one filter.
type WorkspaceActivity struct {
	WorkspaceID string     `json:"workspace_id"` // ws_...
	Rules       []RuleHits `json:"rules,omitempty"`
	Denied      []Denied   `json:"denied,omitempty"`
}

// RuleHits says how many requests a rule has let in.
type RuleHits struct {
	ID   string    `json:"id"` // ipr_...
	Hits int64     `json:"hits"`
	Last time.Time `json:"last"`
}

// Denied says how many requests of an address were denied.
type Denied struct {
	Address  netip.Addr `json:"address"`
	Requests int64      `json:"requests"`
	Last     time.Time  `json:"last"`
}

// ParseActivity reads one, and refuses what no edge says.
func ParseActivity(body []byte) (a Activity, err error) {
	if json.Unmarshal(body, &a) != nil {
		return Activity{}, errors.New(`what filters did is {"workspaces": [{"workspace_id": "ws_...", "rules": [...], "denied": [...]}]}`)
	}
	n := 0
	for _, w := range a.Workspaces {
		if !strings.HasPrefix(w.WorkspaceID, "ws_") {
			return Activity{}, fmt.Errorf("allowed is ws_..., and not workspace %.40q", w.WorkspaceID)
		}
		n += len(w.Rules) + len(w.Denied)
		for _, r := range w.Rules {
			if !strings.HasPrefix(r.ID, "ipr_") || r.Hits < 1 || r.Hits > mostCounted {
				return Activity{}, fmt.Errorf("allowed are 1 to %d hits of ipr_..., and not %d of rule %.40q", int64(mostCounted), r.Hits, r.ID)
			}
		}
		for _, d := range w.Denied {
			if !d.Address.IsValid() || d.Address.Zone() != "" || d.Address.Is4In6() || d.Requests < 1 || d.Requests > mostCounted {
				return Activity{}, fmt.Errorf("%d requests of %.60q; allowed are 1 to %d of an address that is neither mapped nor has a zone", d.Requests, d.Address.String(), int64(mostCounted))
			}
		}
	}
	if n > MostActivity {
		return Activity{}, fmt.Errorf("%d rules and addresses; at most %d are allowed", n, MostActivity)
	}
	return a, nil
}

// mostCounted keeps sums of what is told from overflowing.
const mostCounted = 1 << 40
