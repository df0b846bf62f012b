package hooks

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzDraft: what a program says becomes a post that says by which hook it came, with all of its text; or it is refused.
func FuzzDraft(f *testing.F) {
	for _, body := range []string{`{"text":"hello"}`, `{"text":"<!channel> see <https://example.com|this>","username":"lift","icon_url":"https://example.com/x.png","props":{"a":1,"from_webhook":"no"}}`,
		`{"attachments":[{"text":"<!here>","fields":[{"short":true}]}]}`, `{"text":"x","type":"custom_x","root_id":"x"}`, `{"text":"x","props":[],"attachments":{}}`, `{"attachments":[null]}`, `{}`} {
		f.Add([]byte(body))
	}
	h := Speaker{DisplayName: "the lift", Username: "lift"}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in wire.IncomingWebhookRequest
		if json.Unmarshal(body, &in) != nil {
			return
		}
		d, err := Draft(h, in)
		if err != nil {
			return
		}
		var props map[string]any
		if json.Unmarshal(d.Props, &props) != nil || props["from_webhook"] != "true" || props["webhook_display_name"] != "the lift" || props["override_username"] == "" {
			t.Errorf("%s has the props %s", body, d.Props)
		}
		if json.Unmarshal(withoutAttachments(d.Props), &props) != nil {
			t.Errorf("without attachments they are %s", withoutAttachments(d.Props))
		}
		whole := ""
		for rest := d.Message; rest != ""; {
			var head string
			head, rest = cut(rest, 7)
			whole += head
		}
		if whole != d.Message || strings.TrimSpace(d.Message) == "" && props["attachments"] == nil && !bytes.Contains(d.Props, []byte("attachments")) {
			t.Errorf("%s says %q, and in parts %q", body, d.Message, whole)
		}
	})
}

// FuzzEscaped: JSON stays as it is, and a text with line breaks as they are becomes JSON of the same text.
func FuzzEscaped(f *testing.F) {
	for _, text := range []string{`{"text":"a\\n\\"b"}`, "{\n\t\"text\":\r\n\"x\"}", "a\nb\tc\r", `\\`, "\"", ""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if json.Valid(text) && !bytes.Equal(Escaped(text), text) {
			t.Errorf("%q became %q", text, Escaped(text))
		}
		plain := strings.Map(func(r rune) rune {
			if r == '"' || r == '\\' || r < ' ' && r != '\n' && r != '\t' && r != '\r' {
				return -1
			}
			return r
		}, strings.ToValidUTF8(string(text), ""))
		var read string
		if err := json.Unmarshal(Escaped([]byte(`"`+plain+`"`)), &read); err != nil || read != plain {
			t.Errorf("%q was read as %q (%v)", plain, read, err)
		}
	})
}
