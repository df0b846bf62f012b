package provisioner

import (
	"regexp"
	"strings"
	"testing"
)

func TestUsernameIsOneThatChatServersTake(t *testing.T) {
	t.Parallel()
	for email, want := range map[string]string{
		"ann@example.com":       "ann",
		"Ann.Smith@example.com": "ann.smith",
		"ann+chat@example.com":  "ann-chat",
		"ann_b-c@example.com":   "ann_b-c",
		"42ann@example.com":     "ann",
		"al@example.com":        "admin-al",
		"x@example.com":         "admin-x",
		"4711@example.com":      "admin",
		"@example.com":          "admin",
		"":                      "admin",
		"jürgen@example.com":    "j-rgen",
		"a-.@example.com":       "admin-a",
		"...ann...@example.com": "ann",
		"a" + strings.Repeat("-", 30) + "b@x.com": "admin-a",
		strings.Repeat("long", 10) + "@x.com":     "longlonglonglonglonglo",
		"somebody.with.a.point.at@example.com":    "somebody.with.a.point",
		"system@example.com":                      "admin-system",
		"ALL@example.com":                         "admin-all",
	} {
		if got := username(email); got != want {
			t.Errorf("%s becomes %q, want %q", email, got, want)
		}
	}
}

func FuzzUsernameKeepsItsForm(f *testing.F) {
	form := regexp.MustCompile(`^[a-z][a-z0-9._-]{1,20}[a-z0-9]$`)
	for _, email := range []string{"ann@example.com", "@", "a.@x", "\xff\xff", "é@x", "system", "-1-2-3-a"} {
		f.Add(email)
	}
	f.Fuzz(func(t *testing.T, email string) {
		if got := username(email); !form.MatchString(got) {
			t.Errorf("%q becomes %q", email, got)
		}
	})
}
