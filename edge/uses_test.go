package edge

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// takeUses takes what an edge tells of uses, unless it is deaf.
func (c *control) takeUses(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	told, err := feed.ParseUses(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.deaf:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.Method != http.MethodPost || r.Header.Get("Authorization") != "Bearer "+c.token:
		w.WriteHeader(http.StatusUnauthorized)
	case err != nil:
		w.WriteHeader(http.StatusUnprocessableEntity)
	default:
		c.uses = append(c.uses, told)
		w.WriteHeader(http.StatusNoContent)
	}
}

// usesTold are the workspaces of each message since some, in order.
func (c *control) usesTold(since int) (told [][]string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, u := range c.uses[since:] {
		told = append(told, slices.Sorted(slices.Values(u.Workspaces)))
	}
	return told
}

// tells has the rig's edge tell at once, and compares what it does tell.
func (r *rig) tells(want ...string) {
	r.t.Helper()
	before := len(r.control.usesTold(0))
	must(r.t, r.server.teller.tell())
	if told := r.control.usesTold(before); len(told) != 1 || !slices.Equal(told[0], slices.Sorted(slices.Values(want))) {
		r.t.Errorf("told was %q, want %q", told, want)
	}
}

// usedRig is an edge that has told once, and does not by itself, with workspaces of the ids that are returned: one that serves, one that sleeps.
func usedRig(t *testing.T, h http.Handler) (r *rig, awake, asleepOne string) {
	t.Helper()
	r = newRig(t)
	r.control.wake = func(string, int) int { return http.StatusAccepted }
	serving, resting := r.instance("acme", h), asleep("rest")
	serving.WorkspaceID, resting.WorkspaceID = id.Show(id.Workspace, id.New()), id.Show(id.Workspace, id.New())
	r.control.set(1, serving, resting)
	r.start(func(s *server) { s.teller.every = time.Hour; s.wakes.limit = 10 * time.Millisecond })
	r.waitVersion(1)
	eventually(t, "it tells at once", func() bool { return len(r.control.usesTold(0)) == 1 })
	return r, serving.WorkspaceID, resting.WorkspaceID
}

func TestWhatReachesAnInstanceIsTold(t *testing.T) {
	t.Parallel()
	r, awake, _ := usedRig(t, says("hello"))
	r.tells()
	r.get("nobody.longhouse.localhost", "/").want(t, http.StatusNotFound, "")
	r.get("rest.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "")
	r.admin("/metrics")
	r.tells()
	for range 3 {
		r.get(sleepy, "/").want(t, http.StatusOK, "hello")
	}
	r.tells(awake)
	r.tells()
}

func TestAWebSocketIsToldAsLongAsItIsOpen(t *testing.T) {
	t.Parallel()
	r, awake, _ := usedRig(t, echoSocket)
	conn, _, err := websocket.DefaultDialer.Dial("ws://"+r.addr()+"/api/v4/websocket", http.Header{"Host": {sleepy}})
	must(t, err)
	for range 3 {
		r.tells(awake)
	}
	must(t, conn.Close())
	eventually(t, "it is closed", func() bool {
		return r.server.tunnels.count() == 0 && !r.server.keeper.table.Lookup(sleepy).door.occupied()
	})
	r.tells(awake) // it was open until just now
	r.tells()
}

func TestUsesThatCouldNotBeToldAreKept(t *testing.T) {
	t.Parallel()
	r, awake, _ := usedRig(t, says("hello"))
	r.get(sleepy, "/").want(t, http.StatusOK, "hello")
	r.control.with(func() { r.control.deaf = true })
	for range 2 {
		if err := r.server.teller.tell(); err == nil {
			t.Error("nobody heard it")
		}
	}
	r.control.with(func() { r.control.deaf = false })
	r.tells(awake)
	r.tells()
}

func TestManyUsesAreToldInParts(t *testing.T) {
	t.Parallel()
	r, _, _ := usedRig(t, says("hello"))
	for range feed.UsesMost + 1 {
		r.server.teller.untold[id.Show(id.Workspace, id.New())] = struct{}{}
	}
	must(t, r.server.teller.tell())
	r.control.mu.Lock()
	defer r.control.mu.Unlock()
	parts := r.control.uses[1:]
	if len(parts) != 2 || !parts[0].More || parts[1].More || len(parts[0].Workspaces) != feed.UsesMost || len(parts[1].Workspaces) != 1 {
		t.Errorf("%d parts: %+v", len(parts), parts)
	}
}

func TestAnEdgeThatLeavesTellsTheRestBeforeItsGoodBye(t *testing.T) {
	t.Parallel()
	r, awake, _ := usedRig(t, says("hello"))
	r.get(sleepy, "/").want(t, http.StatusOK, "hello")
	must(t, r.stop())
	told := r.control.usesTold(1)
	if len(told) != 1 || !slices.Equal(told[0], []string{awake}) {
		t.Errorf("told was %q", told)
	}
}

// TestNotingAUseAllocatesNothing counts for the whole process, and runs alone.
func TestNotingAUseAllocatesNothing(t *testing.T) {
	u, r := newUses(), &Route{door: &door{now: time.Now}}
	u.note(r)
	if n := testing.AllocsPerRun(100, func() { u.note(r) }); n != 0 || len(u.take()) != 1 || len(u.take()) != 0 {
		t.Errorf("%v allocations", n)
	}
}
