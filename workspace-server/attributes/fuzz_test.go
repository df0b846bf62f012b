package attributes

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzValue: what somebody says of themselves is short, is one of the options where there are some, and a link leads to the web; or it is refused.
func FuzzValue(f *testing.F) {
	option := id.ID{1}.String()
	for _, raw := range []string{`"builder"`, `" ben@example.com "`, `"https://example.com/ben"`, `"javascript://x/%0aalert(1)"`, `"` + option + `"`, `["` + option + `"," "]`, `null`, `[]`, `""`, `7`, `{}`,
		`"` + strings.Repeat("\u00e4", 65) + `"`} {
		for _, of := range []string{Text, Email, URL, Phone, Select, Multiselect} {
			f.Add([]byte(raw), of)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte, of string) {
		a := dbsql.Attribute{Name: "it", Type: of, Options: wire.AttributeOptions{{ID: option, Name: "one"}}}
		if of != Select && of != Multiselect {
			a.Type, a.ValueType = Text, of
		}
		value, empty, err := sanitized(a, raw)
		if err != nil {
			return
		}
		var list []string
		if a.Type == Multiselect && json.Unmarshal(value, &list) == nil {
			if empty != (len(list) == 0) || len(list) > 1 || (len(list) == 1 && list[0] != option) {
				t.Errorf("%s is kept as %s", raw, value)
			}
			return
		}
		var text string
		if json.Unmarshal(value, &text) != nil || empty != (text == "") || text != strings.TrimSpace(text) {
			t.Fatalf("%s is kept as %s", raw, value)
		}
		at, _ := url.Parse(text)
		if text != "" && (a.Type == Select && text != option || utf8.RuneCountInString(text) > 64 || of == Email && !strings.Contains(text, "@") ||
			of == URL && (at == nil || !strings.HasPrefix(at.Scheme, "http"))) {
			t.Errorf("%s is kept as %s", raw, value)
		}
	})
}
