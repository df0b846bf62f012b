package api

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// FuzzQuery: what a query says is a whole number within its bounds, an id, a page that a list can have, or refused by its name.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"", "0", "60", "-1", "+1", "1e3", "0x10", "1_000", "99999999999999999999", "1073741825", " 1", "1\x00", "\u0661", strings.Repeat("1", 300), id.ID{7}.String(), strings.Repeat("z", 26)} {
		f.Add(text, "200")
	}
	f.Add("10737418", "200")
	f.Add("2147483647", "1")
	f.Fuzz(func(t *testing.T, one, other string) {
		r := &Request{Request: httptest.NewRequest(http.MethodGet, "/?"+url.Values{"page": {one}, "per_page": {other}, "x": {one}}.Encode(), nil)}
		number, size, err := r.Page()
		if err == nil && (number < 0 || size < 1 || size > largestPage || number*size > 1<<31-1) || err != nil && !strings.Contains(err.Error(), "page") {
			t.Errorf("%q and %q are page %d of %d, %v", one, other, number, size, err)
		}
		if n, err := r.Number("x", 7); err == nil && (n < 0 || n > 1<<30 || one != "" && !reads(one, int64(n)) || one == "" && n != 7) {
			t.Errorf("%q is %d", one, n)
		}
		if n, err := r.Millis("x"); err == nil && (n < 0 || one != "" && !reads(one, n)) {
			t.Errorf("%q is %d", one, n)
		}
		if v, err := r.QueryID("x"); err == nil && v.String() != one {
			t.Errorf("%q is %s", one, v)
		}
	})
}

// reads reports whether a text is the number in digits, with zeros in front at most.
func reads(text string, n int64) bool {
	digits := strings.TrimLeft(text, "0")
	return digits == strconv.FormatInt(n, 10) || digits == "" && n == 0
}

// FuzzDecode: a body that is taken says the same once more, whatever it is a body of, and what is not taken is refused with a sentence.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{`{"channel_id":"ybndrfg8ejkmcpqxot1uwisza3","message":"a","props":{"a":[1,{"b":null}]}}`, `{"username":"ben","props":{"a":"b"},"timezone":null}`, `[{"user_id":"","category":"c","name":"n","value":"v"}]`,
		`{"message":7}`, `{"props":"x"}`, `{"id":"short"}`, `["a","b"]`, `{"props":{"a":1e39}}`, `{"create_at":1e3}`, `{"create_at":9223372036854775808}`, `{"message":"\ud800"}`, `{"a":{"A":1,"a":2}}`, "null", "", strings.Repeat("[", 20_000)} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		again[wire.User](t, body)
		again[wire.UserPatch](t, body)
		again[wire.UserSearch](t, body)
		again[wire.Team](t, body)
		again[wire.Channel](t, body)
		again[wire.ChannelPatch](t, body)
		again[wire.ChannelView](t, body)
		again[wire.PostPatch](t, body)
		again[wire.Status](t, body)
		again[[]wire.Preference](t, body)
		again[wire.StringMap](t, body)
		again[[]id.ID](t, body)
		again[[]string](t, body)
	})
}

func again[T any](t *testing.T, body []byte) {
	t.Helper()
	v, err := decode[T](&Request{body: body})
	if err != nil {
		if len(err.Error()) < 40 || len(err.Error()) > 600 {
			t.Errorf("%q is refused: %v", body, err)
		}
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	back, err := decode[T](&Request{body: text})
	if twice, _ := json.Marshal(back); err != nil || string(twice) != string(text) {
		t.Errorf("%q is %s, and that %s, %v (%s)", body, text, twice, err, reflect.TypeFor[T]())
	}
}

// FuzzFileHeaders: whatever a file is called and said to be, a browser reads its name as it is, shows nothing that could run, and gets no
// further header.
func FuzzFileHeaders(f *testing.F) {
	f.Add("note.txt", "text/plain", false)
	f.Add("\u00e4 b;\"c\".html", "text/html", false)
	f.Add("a\r\nSet-Cookie: x", "image/svg+xml", false)
	f.Add("'%27.png", "image/png", true)
	f.Add("+ +", "video/x; a=b", false)
	f.Fuzz(func(t *testing.T, name, kind string, attach bool) {
		if parsed, params, err := mime.ParseMediaType(kind); err != nil || parsed != kind || len(params) > 0 {
			return // none that look finds
		}
		h := http.Header{}
		fileHeaders(h, dbsql.File{Name: name, MimeType: kind}, attach)
		disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
		if err != nil || params["filename"] != name || len(params) != 1 || attach && disposition != "attachment" {
			t.Errorf("%q is %q: %q, %q, %v", name, h.Get("Content-Disposition"), disposition, params, err)
		}
		for name, values := range h {
			if len(values) != 1 || strings.ContainsAny(values[0], "\r\n\x00") {
				t.Errorf("%s: %q", name, values)
			}
		}
		shown := h.Get("Content-Type")
		if disposition == "inline" && (shown != kind || strings.Contains(shown, "html") || strings.Contains(shown, "svg") || strings.Contains(shown, "xml") || strings.Contains(shown, "script")) || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%q is shown as %q", kind, shown)
		}
	})
}

// FuzzPattern: a term that is searched for stands for itself alone.
func FuzzPattern(f *testing.F) {
	for _, term := range []string{"ben", "@Ben ", "100%", "a_b", `\`, `\%`, "\xff", ""} {
		f.Add(term)
	}
	f.Fuzz(func(t *testing.T, term string) {
		plain, escaped := "", false
		for _, r := range pattern(term) {
			if !escaped && r == '\\' {
				escaped = true
				continue
			}
			if !escaped && (r == '%' || r == '_') {
				t.Fatalf("%q becomes %q", term, pattern(term))
			}
			plain, escaped = plain+string(r), false
		}
		if want := strings.ToValidUTF8(strings.ToLower(strings.TrimPrefix(strings.TrimSpace(term), "@")), "\ufffd"); escaped || strings.ToValidUTF8(plain, "\ufffd") != want && !strings.Contains(want, "\ufffd") {
			t.Errorf("%q becomes %q, which stands for %q", term, pattern(term), plain)
		}
	})
}
