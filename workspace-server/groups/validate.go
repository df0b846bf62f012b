package groups

import (
	"bytes"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	// Most is how many groups a workspace has at most, archived ones among them.
	Most = 1000

	mostMembers = 1000 // of a group

	// In bytes, as the official client library counts.
	longestName        = 64
	longestDisplayName = 128
	longestDescription = 1024
)

// reserved names mention all of a channel.
var reserved = []string{"all", "channel", "here"}

// check refuses what can be no group of people's own.
func check(g wire.Group) error {
	bad := func(code, why string, args ...any) error { return fault.New(http.StatusBadRequest, code, why, args...) }
	switch {
	case g.Source != wire.CustomGroup:
		return bad("app.group.crud_permission", "The source of a group is custom; there are no others here.")
	case !g.AllowReference:
		return errUnnamed
	case g.RemoteID != nil && *g.RemoteID != "":
		return bad("api.custom_groups.no_remote_id", "A custom group has no remote_id.")
	case g.Name == "" || len(g.Name) > longestName:
		return bad("model.group.name.invalid_length.app_error", "The name has 1 to %d characters.", longestName)
	case slices.Contains(reserved, g.Name):
		return bad("model.group.name.reserved_name.app_error", "The name is none of %s, which mention all of a channel.", strings.Join(reserved, ", "))
	case strings.Trim(g.Name, "abcdefghijklmnopqrstuvwxyz0123456789.-_") != "":
		return bad("model.group.name.invalid_chars.app_error", "The name has only lower-case letters, digits, full stops, hyphens and underscores.")
	case g.DisplayName == "" || len(g.DisplayName) > longestDisplayName:
		return bad("model.group.display_name.app_error", "The display_name has 1 to %d bytes.", longestDisplayName)
	case len(g.Description) > longestDescription:
		return bad("model.group.description.app_error", "The description has at most %d bytes.", longestDescription)
	}
	return nil
}

var errUnnamed = fault.New(http.StatusBadRequest, "api.custom_groups.must_be_referenceable", "The allow_reference of a custom group is true.")

// people are those ids, each once.
func people(ids []id.ID) ([]id.ID, error) {
	ids = slices.Clone(ids)
	slices.SortFunc(ids, func(a, b id.ID) int { return bytes.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	if len(ids) > mostMembers {
		return nil, errFull
	}
	return ids, nil
}

var errFull = fault.New(http.StatusBadRequest, "app.group.members_limit.app_error", "A group has at most %d members.", mostMembers)
