package datadir

import (
	"strings"
	"testing"

	"github.com/pelletier/go-toml/v2"
)

// FuzzSettings: settings that are read are written as they were read, each once, and what is refused is not used in part.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{"base_domain = 'longhouse.localhost'\nuid_base = 300000\nlease = '10s'\n", "blanks = 1\nblanks = 2", "colour = 1", "[lease]\na = 1", "lease = 10", "lease = '10'", "canaries = '-1h'",
		"blanks = 99999999999999999999", "blanks = 1.5", "Base_Domain = 'x'", "base_domain = \"\"\"\na\n\"\"\"", "\xff", "\x00", "a.b.c = 1", strings.Repeat("[", 10_000), "lease = [" + strings.Repeat("[", 5_000), ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := parseSettings(text)
		if err != nil {
			if s != (Settings{}) || strings.Count(err.Error(), "\n") > 0 {
				t.Errorf("%q is refused, %q, and used as %+v", text, err, s)
			}
			return
		}
		again, err := toml.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseSettings(again); err != nil || back != s {
			t.Errorf("%q is %+v, and that %+v, %v", text, s, back, err)
		}
	})
}
