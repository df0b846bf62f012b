package tenants

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

// instance adds one of a workspace.
func (b *bundle) instance(w Workspace) uuid.UUID {
	b.t.Helper()
	instance := b.store.newID()
	b.exec(`insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
		values ($1, $2, $3, $4, 300100, 1, 'ready', '', '', now())`, instance, w.ID, w.Cell, w.Release)
	return instance
}

func (b *bundle) seen(w Workspace) (i Instance, there bool) {
	b.t.Helper()
	all, err := b.store.Instances(b.t.Context(), []uuid.UUID{w.ID})
	b.must(err)
	i, there = all[w.ID]
	return i, there
}

func TestHowAnInstanceIsStaysKnownAndSinceWhen(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done, _ := b.signUp("engines")
	w := done.Workspace
	instance := b.instance(w)
	note := func(i Instance) Instance {
		t.Helper()
		b.must(b.store.NoteInstances(t.Context(), w.Cell, map[uuid.UUID]Instance{instance: i}))
		now, _ := b.seen(w)
		return now
	}
	if _, there := b.seen(w); there {
		t.Error("something is known before anybody has looked")
	}
	b.must(b.store.NoteInstances(t.Context(), w.Cell, nil))
	first := note(Instance{Condition: InstanceRunning})
	if first.Condition != InstanceRunning || first.Restarts != 0 || first.Trouble != "" {
		t.Errorf("%+v", first)
	}
	b.move(time.Hour)
	if again := note(Instance{Condition: InstanceRunning}); !again.Since.Equal(first.Since) {
		t.Errorf("the same as before since %s, before that since %s", again.Since, first.Since)
	}
	ended := Instance{Condition: InstanceBackoff, Restarts: 3, Ending: OutOfMemory, LastExit: "killed: out of memory (limit 512 MiB)"}
	if now := note(ended); now.Trouble != "Restarting: it was out of memory (limit 512 MiB)." || !now.Since.After(first.Since) || now.LastExit != ended.LastExit {
		t.Errorf("%+v", now)
	}
	forgotten := Instance{Condition: InstanceRunning, Restarts: 3} // as of an agent that was restarted
	if now := note(forgotten); now.Ending != OutOfMemory || now.LastExit != ended.LastExit || now.Trouble != "It was restarted: it was out of memory (limit 512 MiB)." {
		t.Errorf("%+v", now)
	}
	if now := note(Instance{Condition: InstanceRunning}); now.Ending != NeverEnded || now.LastExit != "" {
		t.Errorf("started on purpose: %+v", now)
	}
	b.exec("update instances set state = 'removed'")
	if now, there := b.seen(w); there {
		t.Errorf("removed: %+v", now)
	}
}

func TestPeopleAreToldOfTroubleInASentence(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		is   Instance
		want string
	}{
		{Instance{Condition: InstanceRunning, Since: now}, ""},
		{Instance{Condition: InstanceStarting, Since: now}, ""},
		{Instance{Condition: InstanceStarting, Restarts: 1, Ending: BeyondALimit, LastExit: "killed: out of disk (it held 2 MiB in files, the limit is 1 MiB)"},
			"Restarting: it was out of disk (it held 2 MiB in files, the limit is 1 MiB)."},
		{Instance{Condition: InstanceBackoff, Restarts: 1, Ending: NotStarted, LastExit: "not started: open /srv/secret: gone"}, "Restarting: its server could not be started. Our operators can see why."},
		{Instance{Condition: InstanceBackoff, Restarts: 1, Ending: EndedByItself, LastExit: "exit code 2"}, "Restarting: its server ended by itself."},
		{Instance{Condition: InstanceRunning, Restarts: 1, Ending: EndedByItself, Since: now.Add(-newsFor / 2)}, "It was restarted: its server ended by itself."},
		{Instance{Condition: InstanceRunning, Restarts: 1, Ending: EndedByItself, Since: now.Add(-newsFor)}, ""},
		{Instance{Condition: InstanceStopping, Restarts: 1, Ending: EndedByItself, Since: now}, ""},
	} {
		if got := c.is.trouble(now); got != c.want {
			t.Errorf("%+v: %q, want %q", c.is, got, c.want)
		}
	}
}
