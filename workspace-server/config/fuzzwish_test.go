package config

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

// FuzzWish: a document is refused as the protocol refuses, or taken: then clients may be told of it and follow its links, it is what was stored, and
// asking for the same again changes nothing.
func FuzzWish(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"TeamSettings":7}`, `{"TeamSettings":{"SiteName":"x"}}`, `{"TeamSettings":{"SiteName":["x"]}}`, `{"FileSettings":{"MaxFileSize":1e9}}`, `{"FileSettings":{"MaxFileSize":1.5}}`,
		`{"SupportSettings":{"HelpLink":"javascript:x"}}`, `{"SupportSettings":{"HelpLink":"https://a b"}}`, `{"SupportSettings":{"SupportEmail":"a@b\r\nc: d"}}`, `{"ThemeSettings":{"AllowedThemes":["a",null]}}`,
		`{"ServiceSettings":{"RestrictLinkPreviews":"A.b, c"}}`, `{"LdapSettings":{"Enable":false}}`, `{"PluginSettings":{"Plugins":{"a":{}}}}`, `{"TeamSettings":{"SiteName":"` + "\u202e\xff" + `"}}`} {
		f.Add([]byte(seed))
	}
	base, err := Load(environ("MM_SERVICESETTINGS_SITEURL", "https://team.example.com"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var wish Wish
		if json.Unmarshal(text, &wish) != nil {
			return
		}
		sections, err := wish.sections()
		s, all := base, decided{}
		var changed []string
		if err == nil {
			changed, err = s.change(sections, all)
		}
		if err != nil {
			var refused *fault.Error
			if !errors.As(err, &refused) || refused.Status >= 500 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		if again, err := s.change(sections, decided{}); err != nil || len(again) > 0 || len(changed) != len(all) {
			t.Errorf("again, %v changes (%v) of %v", again, err, changed)
		}
		stored, ignored := base.with(all)
		if string(encoded(stored.Document())) != string(encoded(s.Document())) || len(ignored) > 0 {
			t.Errorf("stored, it is another one: %v", all)
		}
		for key, v := range stored.ForUsers(Identity{}, false) {
			if strings.HasSuffix(key, "Link") && strings.Contains(strings.ToLower(v), "javascript:") && !strings.HasPrefix(v, "http") && !strings.HasPrefix(v, "mailto:") {
				t.Errorf("%s is %q", key, v)
			}
		}
	})
}
