package users

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// reserved names would be read as mentions of everyone, or as the server's own voice.
var reserved = map[string]bool{"all": true, "channel": true, "here": true, "system": true, "matterbot": true, "me": true}

func username(raw string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(raw))
	ok := len(name) >= 1 && len(name) <= 64 && !reserved[name] && name[0] >= 'a' && name[0] <= 'z'
	for i := range len(name) {
		c := name[i]
		ok = ok && (c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_')
	}
	if !ok {
		return "", fault.New(400, "model.user.is_valid.username.app_error",
			"A username begins with a letter, has 1 to 64 lower-case letters, digits, and the symbols . - _, and is no reserved word.")
	}
	return name, nil
}

// Address is an e-mail address as it is kept.
func Address(raw string) (string, error) {
	address := strings.ToLower(strings.TrimSpace(raw))
	parsed, err := mail.ParseAddress(address)
	hidden := func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) }
	if err != nil || parsed.Address != address || len(address) > 128 || strings.ContainsFunc(address, hidden) {
		return "", fault.New(400, "model.user.is_valid.email.app_error", "An email is one address of at most 128 characters, such as ann@example.com.")
	}
	return address, nil
}

func profile(u wire.User) error {
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"nickname", u.Nickname, 64}, {"first_name", u.FirstName, 64}, {"last_name", u.LastName, 64}, {"position", u.Position, 128}, {"locale", u.Locale, 5}} {
		if utf8.RuneCountInString(f.value) > f.limit || strings.ContainsRune(f.value, 0) {
			return fault.New(400, "model.user.is_valid."+f.name+".app_error", "The %s has at most %d characters.", f.name, f.limit)
		}
	}
	for name, m := range map[string]wire.StringMap{"props": u.Props, "notify_props": u.NotifyProps, "timezone": u.Timezone} {
		if size(m) > 2000 {
			return fault.BadBody(name, "at most 2000 bytes in all")
		}
	}
	return nil
}

func size(m wire.StringMap) (n int) {
	for k, v := range m {
		n += len(k) + len(v)
	}
	return n
}
