package edge

import (
	"bytes"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
)

func TestLoggedPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/": "/", "/api/v4/users/me": "/api/v4/users/me", "/hooks": "/hooks",
		"/hooks/abc": "/hooks/***", "/HOOKS/abc": "/HOOKS/***", "//hooks//abc": "//hooks/***", "/x/../hooks/abc/def": "/x/../hooks/***",
		"/api/v4/hooks/incoming/abc": "/api/v4/hooks/***", "/api/v4/teams/invite/abc": "/api/v4/teams/invite/***",
		"/invite/hooks/abc":            "/invite/***",
		"/" + strings.Repeat("a", 600): "/" + strings.Repeat("a", maxLoggedPath-1) + "...",
	} {
		if got := loggedPath(path); got != want {
			t.Errorf("%.60s: got %.60s, want %.60s", path, got, want)
		}
	}
}

// TestEveryLineIsTaken: the control plane refuses a whole segment for one line that no edge writes.
func TestEveryLineIsTaken(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*exchange){
		"usual":      func(*exchange) {},
		"link-local": func(x *exchange) { x.client = clientAddress("[fe80::1%eth0]:4000") },
		"a clock that was set back": func(x *exchange) {
			*(*uint64)(unsafe.Pointer(&x.started)) += 3600 << 30 // what time.Time has of it: seconds, above 30 bits of nanoseconds
		},
		"long words": func(x *exchange) { x.r.Method, x.r.Proto = strings.Repeat("M", 3000), strings.Repeat("p", 3000) },
	} {
		var said, kept bytes.Buffer
		a := &accessLog{said: newAccessWriter(&said), kept: newAccessWriter(&kept)}
		x := newTestExchange("acme.longhouse.localhost").exchange
		x.route = &Route{Route: routeTo("acme", "/s")}
		change(x)
		a.note(x)
		a.kept.writeOut(nil)
		_, line, _ := strings.Cut(strings.TrimSuffix(kept.String(), "\n"), " ")
		if _, err := accesslog.ParseLine([]byte(line)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzLoggedPath: what an instance would take for the path of a webhook or of an invitation is logged without the credential,
// however it is spelled.
func FuzzLoggedPath(f *testing.F) {
	const secret = "xq7u1n5tktyz8m4w3k9bpb5sdy"
	for _, target := range []string{"/hooks/" + secret, "//HOOKS//" + secret, "/x/../hooks/" + secret + "/y", "/api/v4/teams/invite/" + secret,
		"/hooks%2F" + secret, "/invite/../hooks/./" + secret, "/%68ooks/" + secret} {
		f.Add(target)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || strings.Count(u.Path, secret) != 1 {
			return
		}
		segments := strings.Split(path.Clean(u.Path), "/")
		at := slices.Index(segments, secret)
		if at < 1 || !strings.EqualFold(segments[at-1], "hooks") && !strings.EqualFold(segments[at-1], "invite") {
			return
		}
		if logged := loggedPath(u.Path); strings.Contains(logged, secret) {
			t.Errorf("%q is logged as %q", u.Path, logged)
		}
	})
}
