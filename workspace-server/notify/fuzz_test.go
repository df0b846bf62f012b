package notify

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// FuzzVerdict: only what says so in the protocol's own words, in a good answer, has a push be taken as told or a phone as gone.
func FuzzVerdict(f *testing.F) {
	for _, seed := range []string{`{"status":"OK"}`, `{"status":"REMOVE"}`, `{"status":"FAIL","error":"no"}`, `{"status":"OK","status":"REMOVE"}`, `{"Status":"OK"}`, `[]`, ``, `{"status":1}`} {
		f.Add(200, []byte(seed))
		f.Add(502, []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		said, err := judge(outbound.Answer{Status: status, Body: body})
		switch said {
		case taken, removed:
			if err != nil || status < 200 || status > 299 || !strings.Contains(string(body), string(said)) && !strings.Contains(string(body), `\u`) {
				t.Errorf("%d %q is %s (%v)", status, body, said, err)
			}
		case failed:
		default:
			t.Errorf("%d %q is %q", status, body, said)
		}
	})
}

// FuzzSpeaker: whatever props say, somebody speaks, and another than the author just where a program did; and what is said is text.
func FuzzSpeaker(f *testing.F) {
	for _, seed := range []string{`{}`, `{"from_webhook":"true","override_username":"robot"}`, `{"override_username":"eve"}`, `{"from_webhook":true,"override_username":1}`, `null`, `[`,
		`{"from_webhook":"true","override_username":"` + strings.Repeat("ä", 5000) + `"}`, `{"from_webhook":"true","override_icon_url":"` + strings.Repeat("i", 5000) + `"}`,
		`{"from_webhook":"` + strings.Repeat("t", 5000) + `"}`} {
		f.Add(seed, "the roof")
	}
	f.Fuzz(func(t *testing.T, props, message string) {
		p := dbsql.Post{Props: json.RawMessage(props), Message: message}
		who := speaker(p, "ada")
		if who.name == "" || who.name != "@ada" && who.FromWebhook != "true" {
			t.Errorf("%s: %+v", props, who)
		}
		if utf8.RuneCountInString(who.name+who.OverrideUsername) > 2*longestName+2 || len(who.OverrideIconURL) > longestIcon || len(who.FromWebhook) > len("true") {
			t.Errorf("%s says so much: %+v", props, who)
		}
		if s := short(text(p)); s == "" || utf8.RuneCountInString(s) > longestPush+1 {
			t.Errorf("%q says %q", message, s)
		}
	})
}
