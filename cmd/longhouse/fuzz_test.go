package main

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
)

// FuzzSavedLogin: a saved login is used whole or not at all, and its token goes to no address but the one that is saved.
func FuzzSavedLogin(f *testing.F) {
	for _, raw := range []string{`{"api":"http://127.0.0.1:8064","token":"lhs_x"}`, `{"api":"https://a@b.example/x?y#z"}`, `{"api":"file:///etc/passwd","token":"x"}`, `{"api":"http://a b"}`, `{"api":"http://[::1"}`,
		`{"token":7}`, `{}{}`, "null", "", "\xff", `{"api":"http://x","API":"http://y"}`, strings.Repeat("[", 10_000)} {
		f.Add([]byte(raw))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		saved, err := parseLogin(raw)
		if err != nil {
			if saved != (login{}) {
				t.Errorf("%q is refused, and used as %+v", raw, saved)
			}
			return
		}
		again, err := json.Marshal(saved)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := parseLogin(again); err != nil || back != saved {
			t.Errorf("%q became %+v, and that %+v, %v", raw, saved, back, err)
		}
		api, err := dial(apiAddress(saved), saved.Token)
		if err != nil {
			return
		}
		address, err := url.Parse(api.Server)
		if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" || address.User != nil {
			t.Errorf("%q leads to %q, %v", raw, api.Server, err)
		}
	})
}

// FuzzEvents: a stream is read to its end or to an error, and each event is one line of it.
func FuzzEvents(f *testing.F) {
	for _, stream := range []string{"event: progress\ndata: {}\n\n: still here\n\n", "data: {}\r\ndata:{}\n", "data: ", "id: 1\nretry: 0\n\n", "\ufeffdata: x\n", strings.Repeat("x", 70_000)} {
		f.Add([]byte(stream))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		told := 0
		err := events(bytes.NewReader(stream), func(data []byte) error {
			told++
			if bytes.ContainsRune(data, '\n') || !bytes.Contains(stream, data) {
				t.Errorf("%q tells %q", stream, data)
			}
			return nil
		})
		if want := bytes.Count(stream, []byte("data: ")); err != nil && len(stream) < eventMost || told > want {
			t.Errorf("%q tells %d events, %v", stream, told, err)
		}
	})
}

// FuzzOffer: what completion offers is one word to every shell, and its remark is on the same line.
func FuzzOffer(f *testing.F) {
	for _, word := range []string{"engines", "ten_01", "$(x)", "`x`", "a b", "-x", "a;b", "a\nb", "\u202e", "a'b", "", "#", "~", "*"} {
		f.Add(word, "a\tremark\x1b[2J\n")
	}
	f.Fuzz(func(t *testing.T, word, remark string) {
		for _, offered := range offer([]cobra.Completion{}, word, remark) {
			first, rest, _ := strings.Cut(offered, "\t")
			if strings.ContainsAny(first, " \n$`'\"\\;&|<>(){}[]*?!#~") || strings.HasPrefix(first, "-") || strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsControl(r) }) {
				t.Errorf("%q with %q is offered as %q", word, remark, offered)
			}
		}
	})
}
