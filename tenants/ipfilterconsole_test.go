package tenants

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/upcall"
)

const ada = "abcdefghijklmnopqrstuvwxyz"

// atConsole is a save from the office.
func atConsole(rules ...upcall.IPRule) ConsoleSave {
	return ConsoleSave{User: upcall.User{ID: ada, Name: "ada"}, From: office, Rules: rules}
}

func (b *bundle) saveAtConsole(workspace uuid.UUID, rules ...upcall.IPRule) IPFilter {
	b.t.Helper()
	f, _, err := b.store.SaveAtConsole(b.t.Context(), workspace, atConsole(rules...))
	b.must(err)
	return f
}

func TestWhatIsSavedAtTheConsoleIsShownThereAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	b.confirm(p)
	ws := done.Workspace.ID
	rules := []upcall.IPRule{{Network: "203.0.113.0/24", Name: "Office", Enabled: true, Owner: ada}, {Network: "198.51.100.7/32", Enabled: false}}
	f := b.saveAtConsole(ws, rules...)
	if f.Version != 1 || f.Open || f.ChangedBy != id.Show(id.Workspace, ws)+"/"+ada || f.Reason != "saved by ada in the workspace's system console" {
		t.Errorf("%+v", f)
	}
	now, settled, err := b.store.ConfirmedFilter(t.Context(), ws)
	if got := now.AtConsole(b.now()); err != nil || !settled || !reflect.DeepEqual(got, rules) {
		t.Errorf("shown is %+v, %v, %v", got, settled, err)
	}
	if again := b.saveAtConsole(ws, rules...); again.Version != 1 {
		t.Errorf("what was shown is another version when it is sent back: %+v", again)
	}
	trail, err := b.store.Events(t.Context(), &done.Tenant.ID, EventFilter{Action: "workspace.set_ip_filter"}, Page{Limit: 9})
	b.must(err)
	if len(trail) != 1 || trail[0].Actor != f.ChangedBy || trail[0].Details["source"] != "workspace console" || trail[0].Details["user"] != "ada" {
		t.Errorf("%+v", trail)
	}
	mails := b.filterMails()
	if len(mails) != 1 || mails[0].By != "An admin of the workspace" {
		t.Errorf("%+v", mails)
	}
}

func TestTheConsoleOpensAFilterByDisablingAllRules(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	b.setFilter(p, ws, closed(0, "203.0.113.0/24", "198.51.100.0/24"))
	if f := b.saveAtConsole(ws); !f.Open || len(f.Rules) != 0 {
		t.Errorf("no rule: %+v", f)
	}
	f := b.setFilter(p, ws, closed(2, "203.0.113.0/24", "198.51.100.0/24"))
	open := closed(f.Version, "203.0.113.0/24", "198.51.100.0/24")
	open.Open = true
	f = b.setFilter(p, ws, open)
	shown := f.AtConsole(b.now())
	if shown[0].Enabled || shown[1].Enabled {
		t.Errorf("rules of an open filter are shown as if they kept somebody out: %+v", shown)
	}
	if same := b.saveAtConsole(ws, shown...); same.Version != f.Version || !same.Rules[0].Enabled {
		t.Errorf("what was shown changed something: %+v", same)
	}
	shown[0].Enabled = true
	if f = b.saveAtConsole(ws, shown...); f.Open || !f.Rules[0].Enabled || f.Rules[1].Enabled {
		t.Errorf("a rule that was shown as disabled lets somebody in: %+v", f)
	}
}

// TestTheConsoleLosesNothingThatItDoesNotShow: owners who are no users, ends, and exceptions.
func TestTheConsoleLosesNothingThatItDoesNotShow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, done := b.guarded("engines")
	ws := done.Workspace.ID
	soon, later := b.now().Add(time.Hour), b.now().Add(48*time.Hour)
	c := closed(0, "203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24")
	c.Rules[0].Owner, c.Rules[1].Until, c.Rules[2].Until = "ada@example.com", &later, &soon
	c.Exceptions = []IPExceptionWish{hook("140.82.112.0/20", "a")}
	was := b.setFilter(p, ws, c)
	b.move(2 * time.Hour)
	shown := was.AtConsole(b.now())
	if shown[2].Enabled || !shown[1].Enabled || shown[0].Owner != "" {
		t.Errorf("shown is %+v", shown)
	}
	shown[0].Name = "Office"
	f := b.saveAtConsole(ws, shown...)
	want := was.Rules[0]
	want.Name = "Office"
	if f.Version != 2 || !f.Rules[0].same(want) || !f.Rules[1].same(was.Rules[1]) || !f.Rules[2].same(was.Rules[2]) || !reflect.DeepEqual(f.Exceptions, was.Exceptions) {
		t.Errorf("%+v became %+v", was, f)
	}
	shown[2].Enabled, shown[0].Owner = true, ada
	f = b.saveAtConsole(ws, shown...)
	if r := f.Rules[2]; !r.Enabled || r.Until != nil {
		t.Errorf("a rule that was ended and is enabled at the console is %+v", r)
	}
	if f.Rules[0].Owner != "workspace user "+ada {
		t.Errorf("%+v", f.Rules[0])
	}
}

func TestTheConsoleLocksNobodyOut(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, done := b.guarded("engines")
	ws := done.Workspace.ID
	_, _, err := b.store.SaveAtConsole(t.Context(), ws, atConsole(upcall.IPRule{Network: "198.51.100.0/24", Enabled: true}))
	b.refused(err, Conflict, "203.0.113.9, the address from which you save it")
	_, _, err = b.store.SaveAtConsole(t.Context(), ws, atConsole(upcall.IPRule{Network: "203.0.113.9/24", Enabled: true}))
	b.refused(err, Invalid, "an address inside of a network")
	_, _, err = b.store.SaveAtConsole(t.Context(), ws, atConsole(upcall.IPRule{Network: "203.0.113.0/24", Name: strings.Repeat("x", 65), Enabled: true}))
	b.refused(err, Invalid, "at most 64")
}

// TestWhoIsAtAConsoleIsNobodyHere: whatever asks who may do something in a tenant refuses them.
func TestWhoIsAtAConsoleIsNobodyHere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, done := b.guarded("engines")
	p := Principal{Workspace: done.Workspace.ID, User: ada, UserName: "ada"}
	if !p.Nobody() {
		t.Error("they are somebody")
	}
	for _, want := range Permissions {
		b.refused(b.store.Authorize(t.Context(), p, done.Tenant.ID, want), Unauthenticated, "sign in")
	}
}

func TestATokenOfAnInstanceOpensItsWorkspaceWhileThatIsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, done := b.guarded("engines")
	_, other := b.guarded("motors")
	secret, hash := NewInstanceToken()
	if !strings.HasPrefix(secret, "lhi_") {
		t.Errorf("leak scanners don't know %q", secret)
	}
	b.exec("insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at, control_token_hash) select $1, id, cell_id, release_id, 300200, 1, 'ready', '', '', now(), $2 from workspaces where id = $3",
		id.New(), hash, done.Workspace.ID)
	opens := func(secret string) error {
		ws, err := b.store.WorkspaceOf(t.Context(), secret)
		if err == nil && ws != done.Workspace.ID || ws == other.Workspace.ID {
			return fmt.Errorf("it opens %s", ws)
		}
		return err
	}
	b.must(opens(secret))
	b.refused(opens(secret+"x"), Unauthenticated, "no workspace's token")
	for _, state := range []State{Provisioning, Running, Stopping, Stopped, Starting, Hibernating, Hibernated, Waking, Removing} {
		b.exec("update workspaces set state = $1 where id = $2", string(state), done.Workspace.ID)
		err := opens(secret)
		if open := state == Running || state == Starting || state == Waking || state == Stopping || state == Hibernating; open != (err == nil) {
			t.Errorf("while the workspace is %s: %v", state, err)
		}
	}
	b.exec("update workspaces set state = 'running' where id = $1", done.Workspace.ID)
	b.exec("update instances set state = 'removed' where workspace_id = $1", done.Workspace.ID)
	b.refused(opens(secret), Unauthenticated, "no workspace's token")
}
