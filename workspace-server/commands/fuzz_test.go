package commands

import (
	"encoding/json"
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

// FuzzResponse: what a program says of a command is said again as it was, and sends nobody into a script.
func FuzzResponse(f *testing.F) {
	for _, body := range []string{`{"text":"x","response_type":"in_channel","goto_location":"https://example.com/x"}`, `{"goto_location":" JavaScript:alert(1)"}`, `{"extra_responses":[null,{"text":"y"}]}`, `x`, "\x00\xff", `{"channel_id":"x"}`} {
		f.Add("application/json; charset=utf-8", body)
		f.Add("text/plain", body)
	}
	f.Fuzz(func(t *testing.T, kind, body string) {
		in, err := response(kind, []byte(body))
		if err != nil {
			return
		}
		said, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		again, err := response("application/json", said)
		if err != nil || again.Text != in.Text || len(again.ExtraResponses) != len(in.ExtraResponses) {
			t.Errorf("%q is %s, and again %+v (%v)", body, said, again, err)
		}
		if to := strings.ToLower(strings.TrimSpace(safe(in.GotoLocation))); strings.HasPrefix(to, "javascript:") || strings.HasPrefix(to, "data:") || safe(to) != safe(safe(to)) {
			t.Errorf("%q leads to %q", body, to)
		}
	})
}
