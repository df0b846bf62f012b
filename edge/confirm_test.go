package edge

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// confirmations are those that the control plane has heard.
func (c *control) confirmations() []feed.Confirmation {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.told)
}

func (r *rig) waitConfirmed(version int64) {
	r.t.Helper()
	eventually(r.t, "it is confirmed", func() bool {
		told := r.control.confirmations()
		return len(told) > 0 && told[len(told)-1].Version == version
	})
}

func TestAnEdgeConfirmsWhatItHasPutInForce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.with(func() {
		r.control.snapshot.Version, r.control.snapshot.History, r.control.snapshot.Routes = 3, "first", []feed.Route{routeTo("acme", "/s")}
	})
	r.start()
	r.waitConfirmed(3)
	r.control.change(4, routeTo("globex", "/g"))
	r.waitConfirmed(4)
	told := r.control.confirmations()
	if last := told[len(told)-1]; last.History != "first" || last.Name != "rig" || r.control.streams[0] != last.Identity {
		t.Errorf("%+v; the stream was %+v", last, r.control.streams[0])
	}
	begun := len(told)
	eventually(t, "the lease is renewed though nothing happens", func() bool { return len(r.control.confirmations()) > begun+2 })
}

func TestAnEdgeStaysWhoItIsAndSaysGoodBye(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.waitConfirmed(1)
	before := r.control.confirmations()[0]
	must(t, r.stop())
	told := r.control.confirmations()
	if last := told[len(told)-1]; !slices.Equal(last.Over, []string{before.Lease}) || last.Version != 1 {
		t.Errorf("it left with %+v", last)
	}
	if left, _ := filepath.Glob(filepath.Join(r.config.StateDir, "*lease*")); len(left) > 0 {
		t.Errorf("it left %v behind", left)
	}
	r.start()
	eventually(t, "it is back", func() bool { return len(r.control.confirmations()) > len(told) })
	again := r.control.confirmations()[len(told)]
	if again.Edge != before.Edge || again.Lease == before.Lease || len(again.Over) > 0 {
		t.Errorf("it was %+v, and is %+v", before, again)
	}
}

func TestAnEdgeThatCanNotTellWhoItIsDoesNotStart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, os.Mkdir(r.config.StateDir, 0o700))
	must(t, os.WriteFile(filepath.Join(r.config.StateDir, idName), []byte("edg_damaged\n"), 0o600))
	if err := Run(t.Context(), r.config); err == nil || !strings.Contains(err.Error(), filepath.Join(r.config.StateDir, idName)) {
		t.Errorf("got %v", err)
	}
}

func TestAnEdgeThatDrainsConfirmsWhatItStillServes(t *testing.T) {
	t.Parallel()
	r, _ := socketRig(t, func(s *server) { s.spread, s.drain = time.Minute, time.Minute })
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	go func() { _ = r.stop() }()
	eventually(t, "it drains", func() bool { return r.server.keeper.yielding.Load() })
	r.control.change(2, routeTo("globex", "/g"))
	r.waitConfirmed(2)
	for _, told := range r.control.confirmations() {
		if len(told.Over) > 0 {
			t.Errorf("it has left before the end: %+v", told)
		}
	}
	must(t, conn.Close())
	must(t, r.stop())
	if told := r.control.confirmations(); len(told[len(told)-1].Over) != 1 {
		t.Errorf("it left without a word: %+v", told[len(told)-1])
	}
}

func TestTheNextProcessTellsOfOneThatWasKilled(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1)
	must(t, os.Mkdir(r.config.StateDir, 0o700))
	killed, alive := id.Show(id.EdgeLease, id.New()), id.Show(id.EdgeLease, id.New())
	must(t, os.WriteFile(filepath.Join(r.config.StateDir, leasePart+killed), nil, 0o600))
	held, err := holdLease(r.config.StateDir, alive)
	must(t, err)
	r.start()
	r.waitConfirmed(1)
	if first := r.control.confirmations()[0]; !slices.Equal(first.Over, []string{killed}) {
		t.Errorf("%+v, want %s over", first, killed)
	}
	must(t, held.Close())
	eventually(t, "the other one is told too", func() bool {
		told := r.control.confirmations()
		return slices.Contains(told[len(told)-1].Over, alive)
	})
	eventually(t, "nothing is told twice", func() bool {
		told := r.control.confirmations()
		return len(told[len(told)-1].Over) == 0
	})
}

// What is not on disk a process that follows one that was killed would not know.
func TestOnlyWhatIsOnDiskIsConfirmed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	k := &keeper{table: filled(t, 1), journal: &journal{dir: filepath.Join(r.dir, "absent")}, tunnels: newTunnels(), log: r.config.Log, stale: true}
	must(t, k.learn(changeOf(2, routeTo("globex", "/g"))))
	k.settle()
	if got := k.standing(); got.version != 0 {
		t.Errorf("confirmed %d, and nothing is on disk", got.version)
	}
	must(t, os.Mkdir(filepath.Join(r.dir, "absent"), 0o700))
	k.settle()
	defer k.journal.close()
	if got := k.standing(); got.version != 2 {
		t.Errorf("confirmed %d of 2 that are on disk", got.version)
	}
	if again := newKeeper(&journal{dir: filepath.Join(r.dir, "absent")}, newTunnels(), "", r.config.Log); again.standing().version != 2 {
		t.Errorf("after a restart %d", again.standing().version)
	}
}

func TestAnEdgeThatDrainsKeepsItsOwnFileAndNoOther(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	quiet := newRig(t).config.Log
	k := newKeeper(j, newTunnels(), "", quiet)
	must(t, k.learn(feed.Message{Type: feed.KindSnapshot, Version: 1}))
	k.settle()
	k.yielding.Store(true)
	must(t, k.learn(changeOf(2, routeTo("acme", "/s"))))
	k.settle()
	next := newKeeper(&journal{dir: j.dir}, newTunnels(), "", quiet)
	if next.table.Version() != 2 || k.standing().version != 2 {
		t.Fatalf("the next one begins with %d, %d is confirmed", next.table.Version(), k.standing().version)
	}
	must(t, next.learn(changeOf(3, routeTo("globex", "/g"))))
	next.settle()
	defer next.journal.close()
	must(t, k.learn(changeOf(3, routeTo("globex", "/g"))))
	must(t, k.learn(changeOf(4, routeTo("hooli", "/h"))))
	k.settle()
	found := NewTable()
	must(t, next.journal.load(found))
	if found.Version() != 3 || k.standing().version != 4 || next.standing().version != 3 {
		t.Errorf("the disk has %d; confirmed %d, and %d by the next", found.Version(), k.standing().version, next.standing().version)
	}
}

func TestConfirmationsDoNotPileUp(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	arrived, proceed := make(chan feed.Confirmation), make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		var told feed.Confirmation
		_ = json.Unmarshal(body, &told)
		arrived <- told
		<-proceed
		w.WriteHeader(http.StatusNoContent)
	}))
	defer slow.Close()
	who := &identity{Identity: feed.Identity{Edge: "e", Lease: "l", Name: "n"}, dir: r.dir}
	c := newConfirmer(newControlLine(slow.URL, r.config.TokenFile), who, r.config.Log, nil, func() bool { return true })
	go c.run(t.Context())
	c.offer(standing{version: 1}, false)
	if told := <-arrived; told.Version != 1 {
		t.Errorf("told %d", told.Version)
	}
	for version := range int64(1000) {
		c.offer(standing{version: version}, true) // and nobody waits
	}
	proceed <- struct{}{}
	if told := <-arrived; told.Version != 999 {
		t.Errorf("told %d, which is not the newest", told.Version)
	}
	close(proceed)
	eventually(t, "it is known", func() bool { return c.confirmed.Load() == 999 })
	if len(c.due) != 0 {
		t.Error("more is told than there is")
	}
	go func() { <-arrived }() // the good-bye
}
