package users

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// acceptable refuses a new password that is not as the workspace's settings want it. What all must have is in the failure's id, by which clients
// find their sentence for it.
func (d *Directory) acceptable(password string) error {
	rules := d.Config.Settings().Password
	if len(password) < rules.Min || len(password) > config.MaxPassword {
		return fault.New(http.StatusBadRequest, "model.user.is_valid.pwd_min_length.app_error",
			"A password has at least %d characters and at most %d bytes.", rules.Min, config.MaxPassword)
	}
	id, words, lacks := "model.user.is_valid.pwd", []string(nil), false
	for _, r := range []struct {
		asked bool
		name  string
		words string
		is    func(rune) bool
	}{
		{rules.Lowercase, "lowercase", "a lower-case letter", unicode.IsLower},
		{rules.Uppercase, "uppercase", "an upper-case letter", unicode.IsUpper},
		{rules.Number, "number", "a digit", unicode.IsDigit},
		{rules.Symbol, "symbol", "a symbol", func(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) || unicode.IsSpace(r) }},
	} {
		if r.asked {
			id, words = id+"_"+r.name, append(words, r.words)
			lacks = lacks || !strings.ContainsFunc(password, r.is)
		}
	}
	if !lacks {
		return nil
	}
	return fault.New(http.StatusBadRequest, id+".app_error", "A password has %s.", strings.Join(words, ", "))
}
