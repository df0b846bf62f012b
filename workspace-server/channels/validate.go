package channels

import (
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,63}$`)

var errNameTaken = fault.New(http.StatusBadRequest, "store.sql_channel.save_channel.exists.app_error", "A channel with that name already exists in the team.")

func check(name, display, header, purpose string) error {
	switch {
	case !namePattern.MatchString(name) || strings.Contains(name, "__"):
		return fault.New(400, "model.channel.is_valid.1_or_more.app_error",
			"A channel's name has 1 to 64 lower-case letters, digits, - and _, begins with a letter or digit, and has no __.")
	case strings.TrimSpace(display) == "" || utf8.RuneCountInString(display) > 64:
		return fault.New(400, "model.channel.is_valid.display_name.app_error", "A channel's display name has 1 to 64 characters.")
	case utf8.RuneCountInString(header) > 1024:
		return fault.New(400, "model.channel.is_valid.header.app_error", "A channel's header has at most 1024 characters.")
	case utf8.RuneCountInString(purpose) > 250:
		return fault.New(400, "model.channel.is_valid.purpose.app_error", "A channel's purpose has at most 250 characters.")
	}
	return nil
}
