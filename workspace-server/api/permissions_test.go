package api_test

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var writePermissions = flag.Bool("permissions.write", false, "write testdata/permissions.txt anew")

const permissionsFile = "testdata/permissions.txt"

// Every route is asked for as everybody, about a private channel of an invite-only team, a post in it and a member of both; and what its rule
// says is compared with a table that was read by people. "pass" leaves to the handler what depends on the body.
func TestWhoMayCallWhatIsAsCommitted(t *testing.T) {
	t.Parallel()
	got := newWalk(t).table()
	if *writePermissions {
		if err := os.WriteFile(permissionsFile, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(permissionsFile)
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			t.Fatalf("line %d of %s should be\n%s\n(go test ./workspace-server/api -run WhoMayCall -permissions.write writes it; then read the difference)", i+1, permissionsFile, line)
		}
	}
	if got != string(want) {
		t.Errorf("%s names more than there is", permissionsFile)
	}
}

// walk is a workspace with everybody in it who could ask.
type walk struct {
	*bundle
	members []caller
	ids     map[string]string
}

type caller struct {
	name string
	who  person
}

func newWalk(t *testing.T) *walk {
	w := &walk{bundle: setup(t)}
	web := httptest.NewServer(w.api.RulesAlone())
	t.Cleanup(web.Close)
	teammate, head, gone := w.newUser("dee"), w.newUser("eve"), w.newUser("fay")
	for _, p := range []person{teammate, head, gone} {
		w.must(w.admin, http.MethodPost, "/teams/"+w.team.ID.String()+"/members", map[string]id.ID{"team_id": w.team.ID, "user_id": p.id})
	}
	guest := w.newUser("gil")
	w.must(w.admin, http.MethodPost, "/teams/"+w.team.ID.String()+"/members", map[string]id.ID{"team_id": w.team.ID, "user_id": guest.id})
	for _, p := range []person{w.member, gone, guest} {
		w.must(w.admin, http.MethodPost, w.in(w.private)+"/members", map[string]id.ID{"user_id": p.id})
	}
	w.must(w.admin, http.MethodPost, "/users/"+guest.id.String()+"/demote", nil)
	w.must(w.admin, http.MethodPut, "/teams/"+w.team.ID.String()+"/members/"+head.id.String()+"/roles", map[string]string{"roles": "team_user team_admin"})
	w.ids = w.things()
	w.must(w.admin, http.MethodDelete, "/users/"+gone.id.String(), nil)
	foreign := setup(t).member
	w.url = web.URL
	w.members = []caller{{"admin", w.admin}, {"teamadmin", head}, {"member", w.member}, {"guest", guest}, {"teammate", teammate}, {"outsider", w.outside},
		{"deactivated", gone}, {"foreign", foreign}, {"nobody", person{}}}
	return w
}

// things are what the routes are asked about: the member's where they are somebody's.
func (w *walk) things() map[string]string {
	post := w.say(w.member, w.private.ID, "between us")
	token := must[wire.UserAccessToken](w.bundle, w.admin, http.MethodPost, "/users/"+w.admin.id.String()+"/tokens", map[string]string{"description": "x"})
	return map[string]string{"team_id": w.team.ID.String(), "teamid": w.team.ID.String(), "team_name": w.team.Name, "channel_id": w.private.ID.String(), "channelid": w.private.ID.String(),
		"channel_name": w.private.Name, "post_id": post.ID.String(), "thread_id": post.ID.String(), "user_id": w.member.id.String(), "userid": w.member.id.String(), "token_id": token.ID.String()}
}

func (w *walk) table() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-7s %-90s", "", "")
	for _, m := range w.members {
		fmt.Fprintf(&out, " %-11s", m.name)
	}
	out.WriteString("\n")
	body := map[string]string{"team_id": w.ids["team_id"], "user_id": w.ids["user_id"], "channel_id": w.ids["channel_id"], "post_id": w.ids["post_id"], "token_id": w.ids["token_id"]}
	for _, r := range w.api.Routes() {
		fmt.Fprintf(&out, "%-7s %-90s", r.Method, r.Path)
		values := map[string]string{}
		for _, part := range strings.Split(r.Path, "/") {
			name := strings.Trim(part, "{}")
			if v, ok := w.ids[strings.ToLower(name)]; ok && name != part {
				values[name] = v
			}
		}
		path := filled(r.Path, values)
		for _, m := range w.members {
			fmt.Fprintf(&out, " %-11s", verdict(w.call(m.who, r.Method, path, body)))
		}
		out.WriteString("\n")
	}
	lines := strings.Split(out.String(), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func verdict(a answer) string {
	switch a.status {
	case http.StatusOK:
		return "pass"
	case http.StatusUnauthorized:
		return "sign in"
	case http.StatusForbidden:
		return "no"
	case http.StatusNotFound:
		return "absent"
	}
	return fmt.Sprint(a.status)
}
