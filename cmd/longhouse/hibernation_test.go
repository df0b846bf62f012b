package main

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestWhenAWorkspaceHibernatesIsSetOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	shows := func(texts ...string) {
		t.Helper()
		r := s.want(exitDone, "workspaces", "show", "engines")
		for _, text := range texts {
			if !strings.Contains(r.out, text) {
				t.Errorf("%q is missing in\n%s", text, r.out)
			}
		}
	}
	shows("as long as its plan says", "unused since")
	s.want(exitUsage, "workspaces", "set", "engines")
	for _, after := range []string{"soon", "59s", "721h", "90.5s", "never"} {
		if r := s.want(exitUsage, "workspaces", "set", "engines", "--idle-after", after); !strings.Contains(r.err, "must be whole seconds from 1m to 720h, as in 45m, or plan; for never use --always-on") {
			t.Errorf("%s", r.err)
		}
	}
	s.want(exitDone, "workspaces", "set", "engines", "--idle-after", "45m")
	shows("nobody has used it for 45m")
	var ws client.Workspace
	s.want(exitDone, "workspaces", "set", "engines", "--idle-after", "plan", "--always-on", "--json").into(t, &ws)
	if !ws.AlwaysOn || ws.IdleAfterS != nil {
		t.Errorf("%+v", ws)
	}
	shows("never: it is always on")
	s.want(exitRefused, "workspaces", "hibernate", "engines", "--wait")
	s.want(exitDone, "workspaces", "set", "engines", "--always-on=false")
	s.want(exitDone, "workspaces", "hibernate", "engines", "--wait")
	s.want(exitDone, "workspaces", "open", "engines")
	shows("1 times, 1 of them in the last 30 days", "somebody opens it")
}
