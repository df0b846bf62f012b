package main

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/id"
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

func TestATrailIsReadByNamesAlsoOfWhoAndWhatIsGone(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	s.want(exitDone, "tokens", "create", "a robot with a name that is as long as those of robots may be", "--scope", "tenant:read")
	const gone = "gone@example.com"
	person := s.person(gone)
	s.want(exitDone, "members", "set", gone, "auditor")
	_, err := s.pool.Exec(t.Context(), "insert into audit_events (id, at, tenant_id, actor, action, subject, request_id, details) select gen_random_uuid(), now(), id, $1, 'thing.do', '', 'req_1', '{}' from tenants", person)
	s.must(err)
	s.want(exitDone, "members", "remove", gone)
	_, err = s.pool.Exec(t.Context(), "update workspaces set state = 'deleted', deleted_at = now(); update slugs set state = 'held', held_until = now()")
	s.must(err)
	r := s.want(exitDone, "audit", "list", "--requests")
	for _, want := range []string{"engines@example.com  workspace.create  engines ", "name=a robot with a name that is as long as those of robots ...", "REQUEST", "req_1"} {
		if !strings.Contains(squeezed(r.out), squeezed(want)) {
			t.Errorf("nothing says %q:\n%s", want, r.out)
		}
	}
	if r := s.want(exitDone, "audit", "list"); strings.Contains(r.out, "req_") {
		t.Errorf("%s", r.out)
	}
	for want, args := range map[string][]string{"thing.do": {"--actor", strings.ToUpper(gone)}, "workspace.create": {"--subject", "engines", "--action", "workspace.create"}} {
		var list []client.AuditEvent
		if s.want(exitDone, append([]string{"audit", "list", "--json"}, args...)...).into(t, &list); len(list) != 1 || list[0].Action != want {
			t.Errorf("%v: %+v", args, list)
		}
	}
	s.person("stranger@example.com")
	s.want(exitRefused, "audit", "list", "--actor", "stranger@example.com")
}

// person is one with a confirmed address.
func (s *shell) person(email string) (shown string) {
	s.t.Helper()
	person := id.New()
	_, err := s.pool.Exec(s.t.Context(), "insert into persons (id, email, name, password_hash, email_confirmed_at, created_at) values ($1, $2, '', '', now(), now())", person, email)
	s.must(err)
	return id.Show(id.Person, person)
}

// squeezed is a text whose columns are one blank apart.
func squeezed(text string) string { return strings.Join(strings.Fields(text), " ") }

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
