package edge

import (
	"strings"
	"testing"
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
