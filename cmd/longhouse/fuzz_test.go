package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
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

// FuzzAnswer: whatever a server answers, what is not a success is a failure with an exit code, and what is told of it is one line that does
// nothing to a terminal.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{`{"id":"ws_1","slug":"engines"}`, `{"title":"No","status":403,"detail":"you may not","request_id":"req_1"}`, `{"detail":"\u001b[2J\u202e\nlonghouse: done","status":200}`, `{"detail":"x","status":401}`, `{"title":"Answer Lost","detail":"x"}`,
		`{"detail":""}`, `{"detail":"x","errors":[{"location":"body","message":"y"}]}`, `{"sentence":"would","changes":[]}`, "<html>", "", "null", "[]", `{"detail":"x","status":1e99}`, strings.Repeat("[", 20_000)} {
		f.Add(200, "application/json", []byte(body))
		f.Add(403, "application/problem+json", []byte(body))
		f.Add(401, planType, []byte(body))
		f.Add(200, planType, []byte(body))
	}
	asked := &http.Request{URL: &url.URL{Scheme: "http", Host: "api.test"}}
	f.Fuzz(func(t *testing.T, status int, kind string, body []byte) {
		res := &http.Response{StatusCode: status, Status: strconv.Itoa(status) + " X", Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(bytes.NewReader(body)), Request: asked}
		_, err := answer[client.Workspace](res, nil)
		if rehearsed := (*planned)(nil); errors.As(err, &rehearsed) != (status == 200 && kind == planType && json.Unmarshal(body, new(client.Plan)) == nil) {
			t.Errorf("%d %q %q is a plan: %v", status, kind, body, err)
		}
		if status/100 != 2 && err == nil || err == nil && status != 204 && !json.Valid(body) {
			t.Fatalf("%d %q is a success", status, body)
		}
		if err == nil {
			return
		}
		var told bytes.Buffer
		code := report(&quoting{to: &told}, err, false)
		if line := strings.TrimSuffix(told.String(), "\n"); strings.ContainsFunc(line, func(r rune) bool { return !harmlessRune(r) }) || !strings.HasPrefix(line, "longhouse: ") {
			t.Errorf("%d %q tells %q", status, body, line)
		}
		if (code == exitNotSignedIn) && status != 401 || !slices.Contains([]int{exitRefused, exitNotSignedIn, exitUnreachable}, code) {
			t.Errorf("%d %q exits with %d", status, body, code)
		}
	})
}

// FuzzQuoting: whatever others wrote, a table has as many lines as were told, nothing that is printed commands a terminal, what can be shown
// stands there as it is, and JSON says what it said.
func FuzzQuoting(f *testing.F) {
	for _, text := range []string{"engines", "a\x1b]0;x\x07b", "\u009b2J", "a\tb\nc", "\u202egnp", "\xff", "\v\f\r", "\xe2\x80", `\u001b`, ""} {
		f.Add(text, "remark", 1)
	}
	f.Fuzz(func(t *testing.T, one, other string, cut int) {
		told := func(asJSON bool) string {
			var out bytes.Buffer
			c := &cobra.Command{}
			c.SetOut(pieces{&quoting{to: &out}, 1 + cut&7})
			c.Flags().Bool("json", asJSON, "")
			if err := show(c, []string{one, other}, func(line func(...any)) {
				line("ID", "TEXT")
				line(one, other)
			}); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
		if text := told(false); strings.Count(text, "\n") != 2 || strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && !harmlessRune(r) }) || strings.ContainsRune(text, '\t') {
			t.Errorf("%q and %q are shown as %q", one, other, text)
		}
		var back []string
		if err := json.Unmarshal([]byte(told(true)), &back); err != nil || back[0] != strings.ToValidUTF8(one, "\ufffd") && utf8.ValidString(one) {
			t.Errorf("%q and %q are told as %q, %v", one, other, back, err)
		}
	})
}

// pieces writes little at a time.
type pieces struct {
	to   io.Writer
	most int
}

func (p pieces) Write(text []byte) (int, error) {
	for at := 0; at < len(text); at += p.most {
		if _, err := p.to.Write(text[at:min(at+p.most, len(text))]); err != nil {
			return at, err
		}
	}
	return len(text), nil
}

// FuzzLimits: an amount is a whole number from 0 up that does not overflow, each dimension has one, and written out in full it is the same.
func FuzzLimits(f *testing.F) {
	for _, text := range []string{"workspaces=200", "disk_bytes=500GiB", "memory_bytes=measured", "a=1=2", "=1", "a=", "a=-1", "a=+1", "a=1KiBMiB", "a=9223372036854775807", "a=4194304TiB", "a=4194305TiB", "a=1e3", "a", "a=1,b=2", ""} {
		f.Add(text, "workspaces=1")
	}
	f.Fuzz(func(t *testing.T, one, other string) {
		limits, err := parseLimits([]string{one, other})
		if err != nil {
			return
		}
		if len(limits) != 2 {
			t.Errorf("%q and %q are %v", one, other, limits)
		}
		for name, amount := range limits {
			text := "measured"
			if amount != nil {
				text = strconv.FormatInt(*amount, 10)
			}
			again, err := parseAmount(text)
			if err != nil || (again == nil) != (amount == nil) || amount != nil && (*again != *amount || *amount < 0) {
				t.Errorf("%s of %q and %q is %s, and that %v, %v", name, one, other, text, again, err)
			}
		}
	})
}
