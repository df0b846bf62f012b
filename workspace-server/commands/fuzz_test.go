package commands

import (
	"strings"
	"testing"
	"unicode"
)

// FuzzParse: a command has a name without blanks, in lower case, which stands behind its slash, and a text that was typed.
func FuzzParse(f *testing.F) {
	for _, typed := range []string{"/me waves", "/ME\twaves", "/", "/ x", "me", "//x", "/x\u00a0y", "", "/\xff \xff"} {
		f.Add(typed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		trigger, text, err := parse(typed)
		if err != nil {
			return
		}
		if trigger == "" || strings.ContainsFunc(trigger, unicode.IsSpace) || trigger != strings.ToLower(trigger) || !strings.HasPrefix(strings.ToLower(typed), "/"+trigger) || !strings.Contains(typed, text) {
			t.Errorf("%q is %q with %q", typed, trigger, text)
		}
	})
}
