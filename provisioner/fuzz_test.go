package provisioner

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/tenants"
)

// FuzzInstanceAnswer: whatever an instance answers, a link stays within its workspace, a token is one word of a header, an id is one, what
// was tried can be weighed and kept, what is due is said or that nothing is, a visit has a name that can be shown and an address, and a refusal repeats nothing.
func FuzzInstanceAnswer(f *testing.F) {
	for _, body := range []string{`{"user_id":"ybndrfg8ejkmcpqxot1uwisza3"}`, `{"path":"/longhouse/sign-in?t=ybndrfg8ejkmcpqxot1uwisza3"}`, `{"path":"//evil.example/"}`, `{"path":"@evil.example/"}`,
		`{"path":".evil.example/"}`, `{"path":"/\\evil.example"}`, `{"path":"/a\r\nb"}`, `{"token":"a b"}`, `{"token":"ybndrfg8ejkmcpqxot1uwisza3"}{}`, `{"token":"a","Token":"b"}`,
		`[{"border":"file","outcome":"good"},{"border":"file","outcome":"good"}]`, `[{"border":"file","outcome":"held","detail":"\u0000"}]`, `[{"outcome":"crossed"},{"outcome":"held"}]`, "null", "",
		`{"next_wake_at":null,"web_sockets":0}`, `{"next_wake_at":"2030-03-01T12:00:00Z","web_sockets":3}`, `{"web_sockets":0}`, `{"next_wake_at":"soon","web_sockets":0}`, `{"next_wake_at":null,"web_sockets":-1}`,
		`{"visits":[{"user_id":"ybndrfg8ejkmcpqxot1uwisza3","username":"ada","address":"2001:db8::7","sessions":2,"last_at":"2030-03-01T12:00:00Z"}],"left_out":1}`, `{"visits":[]}`,
		`{"visits":[{"user_id":"ybndrfg8ejkmcpqxot1uwisza3","username":"ada\u001b[2J","address":"192.0.2.1","sessions":1}]}`, `{"visits":[{"user_id":"ybndrfg8ejkmcpqxot1uwisza3","username":"ada","address":"","sessions":1}]}`,
		strings.Repeat("[", 10_000), `{"token":"` + strings.Repeat("a", 70_000) + `"}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var user madeUser
		if taken(t, body, &user) && !regexp.MustCompile(`^[0-9a-z]{26}$`).MatchString(user.UserID) {
			t.Errorf("%q is a user's id", user.UserID)
		}
		var link madeLink
		if taken(t, body, &link) {
			u, err := url.Parse("https://engines.longhouse.test:8443" + link.Path)
			if err != nil || u.Host != "engines.longhouse.test:8443" || u.User != nil || u.Fragment != "" || strings.ContainsFunc(link.Path, func(r rune) bool { return r <= ' ' || r > '~' }) {
				t.Errorf("%q leads to %v, %v", link.Path, u, err)
			}
		}
		var session openedSession
		if taken(t, body, &session) {
			r, err := http.NewRequest(http.MethodGet, "http://x/", nil)
			r.Header.Set("Authorization", "Bearer "+session.Token)
			if err != nil || len(strings.Fields(session.Token)) != 1 || r.Write(new(bytes.Buffer)) != nil {
				t.Errorf("%q is a token", session.Token)
			}
		}
		var r repose
		if taken(t, body, &r) && (*r.WebSockets < 0 || !bytes.Contains(body, []byte("next_wake_at")) || (r.due == nil) != (string(r.NextWakeAt) == "null")) {
			t.Errorf("%q is due at %v, with %d open", body, r.due, *r.WebSockets)
		}
		var v visits
		if taken(t, body, &v) {
			for _, one := range v.Visits {
				if one.Sessions < 1 || !one.Address.IsValid() || strings.ContainsFunc(one.Username, func(r rune) bool { return r <= ' ' || r > '~' }) {
					t.Errorf("%+v is a visit", one)
				}
			}
		}
		var list tries
		if taken(t, body, &list) {
			for _, b := range worst(list) {
				if !slices.Contains(tenants.Borders, b.Name) || !slices.Contains(tenants.Outcomes, b.Outcome) || !utf8.ValidString(b.Detail) || strings.ContainsRune(b.Detail, 0) || len(b.Detail) > 4*detailMost {
					t.Errorf("%+v was met", b)
				}
			}
		}
	})
}

// taken reports whether a body is an answer of that form. What is taken is one value, and what is not is not repeated.
func taken(t *testing.T, body []byte, into answer) bool {
	t.Helper()
	err := readAnswer(bytes.NewReader(body), into)
	if err == nil && !json.Valid(body) || err != nil && len(body) > 30 && strings.Contains(err.Error(), string(body[:30])) {
		t.Errorf("%q: %v", body, err)
	}
	return err == nil
}

// FuzzMemory: what is used is never less than nothing nor more than there is, whatever the kernel says.
func FuzzMemory(f *testing.F) {
	f.Add([]byte("MemTotal:        8000000 kB\nMemFree: 1 kB\nMemAvailable:    6000000 kB\n"))
	f.Add([]byte("MemTotal: 99999999999999999999 kB\nMemAvailable: -5 kB\n"))
	f.Add([]byte("MemTotal:\nMemAvailable: x"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if used, all := parseMemory(data); used < 0 || used > all {
			t.Errorf("%q: %d of %d are used", data, used, all)
		}
	})
}
