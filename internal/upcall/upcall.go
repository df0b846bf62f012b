// Package upcall owns how a workspace asks the control plane for something: paths, bodies, and the variables that tell it where to ask and by
// which secret. It never opens a connection, and knows nothing of tenants.
package upcall

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

const (
	// Capability is that of a release whose server asks.
	Capability = "console"
	// AddressVariable tells an instance where the control plane listens for workspaces, as unix:/path, and TokenVariable the secret that opens
	// what is its workspace's there, as `Authorization: Bearer`.
	AddressVariable = "LONGHOUSE_CONTROL_ADDRESS"
	TokenVariable   = "LONGHOUSE_CONTROL_TOKEN"

	// IPFilterPath is where the workspace's IP filter is read (GET: 200 with an IPFilter) and saved (PUT of a Save: the same).
	IPFilterPath = "/workspace/v1/ip-filter"
	// MaxIPFilter bounds both bodies: a thousand rules with the longest names in any script.
	MaxIPFilter = 1 << 20
)

// IPFilter is an IP filter as the system console shows it. It has no switch there: it is open as long as no rule is enabled.
type IPFilter struct {
	Version int64    `json:"version"`
	Settled bool     `json:"settled"` // every way in decides by it
	Rules   []IPRule `json:"rules"`
}

// IPRule lets one network in.
type IPRule struct {
	Network string `json:"network"` // with its length, also of a single address
	Name    string `json:"name"`
	Enabled bool   `json:"enabled"`
	Owner   string `json:"owner"` // a user of the workspace, by id; empty: somebody else, or nobody
}

// Save is the wish to have another list of rules.
type Save struct {
	User  User     `json:"user"` // who saves it
	From  string   `json:"from"` // the address from where, which must not shut itself out
	Rules []IPRule `json:"rules"`
}

// User is one of the workspace.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Problem is why something was refused.
type Problem struct {
	Detail string `json:"detail"` // a sentence for people
}

var (
	idForm   = regexp.MustCompile(`^[a-z0-9]{26}$`)
	nameForm = regexp.MustCompile(`^[a-z0-9._-]{1,64}$`)
)

// IsUser reports whether a text has the form of a user's id.
func IsUser(text string) bool { return idForm.MatchString(text) }

// ParseSave reads one.
func ParseSave(body []byte) (s Save, err error) {
	if err := json.Unmarshal(body, &s); err != nil {
		return s, errors.New(`the wish to save an IP filter is {"user": {"id", "name"}, "from", "rules": [{"network", "name", "enabled", "owner"}]}`)
	}
	switch {
	case !IsUser(s.User.ID):
		return s, errors.New("user.id: allowed are 26 lower-case letters and digits")
	case !nameForm.MatchString(s.User.Name):
		return s, errors.New("user.name: allowed are 1 to 64 lower-case letters, digits, points, hyphens and underscores")
	case s.Rules == nil:
		return s, errors.New("rules: needed; to have none, send []")
	}
	for i, r := range s.Rules {
		if r.Owner != "" && !IsUser(r.Owner) {
			return s, fmt.Errorf("rules[%d].owner: allowed is the id of a user, 26 lower-case letters and digits, or nothing", i)
		}
	}
	return s, nil
}
