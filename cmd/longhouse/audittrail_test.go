package main

import (
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestATrailIsAskedByNamesAndTimes(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "workspaces", "stop", "engines", "--wait")
	s.want(exitDone, "tokens", "create", "robot", "--scope", "tenant:read")
	for want, args := range map[string][]string{
		"workspace.stop": {"--action", "workspace.stop", "--actor", "engines@example.com", "--subject", "engines", "--since", "1h"},
		"token.create":   {"--action", "token.create", "--since", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly)},
	} {
		var list []client.AuditEvent
		s.want(exitDone, append([]string{"audit", "list", "--json"}, args...)...).into(t, &list)
		if len(list) != 1 || list[0].Action != want {
			t.Errorf("%v lists %+v, want one %s", args, list, want)
		}
	}
	for _, args := range [][]string{{"--until", "1h"}, {"--actor", "system", "--action", "token.create"}, {"--since", "2999-01-01"}} {
		if r := s.want(exitDone, append([]string{"audit", "list", "--json"}, args...)...); r.out != "[]\n" {
			t.Errorf("%v lists %s", args, r.out)
		}
	}
	s.want(exitUsage, "audit", "list", "--since", "yesterday")
	s.want(exitRefused, "audit", "list", "--actor", "nobody@example.com")
	s.want(exitRefused, "audit", "list", "--subject", "nothing")
	s.want(exitRefused, "audit", "list", "--since", "1h", "--until", "2h")
}

func TestBoundsAreDaysTimesAndAges(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{"2026-01-31": "2026-01-31T00:00:00Z", "2026-01-31T09:00:00+01:00": "2026-01-31T08:00:00Z", "36h": "2026-03-28T00:00:00Z",
		"7d": "2026-03-22T12:00:00Z", "0d": "2026-03-29T12:00:00Z"} {
		if got, err := bound("since", text, now); err != nil || got.UTC().Format(time.RFC3339) != want {
			t.Errorf("%s is %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"yesterday", "-1h", "-1d", "1.5d", "2026-02-30", "99999d", "d", " "} {
		if got, err := bound("since", text, now); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

// FuzzBound: whatever is taken for a time is one that the API reads.
func FuzzBound(f *testing.F) {
	for _, text := range []string{"2026-01-31", "2026-01-31T09:00:00Z", "36h", "7d", "-0s", "9999999h", "0001-01-01", "9999-12-31T23:59:59.999999999-23:59"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at, err := bound("since", text, time.Unix(1_800_000_000, 0))
		if err != nil || at == nil {
			return
		}
		if back, err := time.Parse(time.RFC3339Nano, at.Format(time.RFC3339Nano)); err != nil || !back.Equal(*at) {
			t.Errorf("%q is %v, which reads as %v, %v", text, at, back, err)
		}
	})
}
