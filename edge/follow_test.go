package edge

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

func TestChangesAreInForceWithinMilliseconds(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	route := r.instance("acme", says("here"))
	r.control.set(1)
	r.start()
	r.waitVersion(1)
	var took []time.Duration
	for version := int64(2); version < 52; version++ {
		route.State = []feed.State{feed.StateServing, feed.StateStopped}[version%2]
		begun := time.Now()
		r.control.change(version, route)
		eventually(t, "the change is visible", func() bool { return r.server.keeper.table.Version() == version })
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	if usual := took[len(took)/2]; usual > time.Second { // one may be slow where the machine is
		t.Errorf("a change takes %s", usual)
	}
}

func TestEdgeServesFromDiskWhileTheControlPlaneIsDead(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("still here")))
	r.start()
	r.waitVersion(1)
	r.control.change(2, r.instance("globex", says("me too")))
	r.waitVersion(2)
	must(t, r.stop())

	r.control.CloseClientConnections()
	r.control.Close()
	r.start()
	r.get("acme.longhouse.localhost", "/").want(t, 200, "still here")
	r.get("globex.longhouse.localhost", "/").want(t, 200, "me too")
	r.admin("/readyz").want(t, 200, "ok")
	r.admin("/v1/info").want(t, 200, `"connected":false,"last_heard_at":null`)
}

// kill -9 leaves no time to write: what was in force must be on the disk already.
func TestChangeIsOnDiskSoonAfterItIsInForce(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.control.change(2, routeTo("globex", "/g"))
	eventually(t, "the disk knows version 2", func() bool {
		table := NewTable()
		return (&journal{dir: r.config.StateDir}).load(table) == nil && table.Version() == 2 && owner(table, "globex") != ""
	})
}

func TestDamagedDiskServesNothingUntilTheStreamSpeaks(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start()
	kept := func() bool { return (&journal{dir: r.config.StateDir}).load(NewTable()) == nil }
	eventually(t, "it is on disk", kept)
	must(t, r.stop())
	path := filepath.Join(r.config.StateDir, journalName)
	content, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, content[:len(content)-2], 0o600))

	r.control.with(func() { r.control.deaf = true })
	r.start()
	r.get("acme.longhouse.localhost", "/").want(t, 503, "starting")
	if !strings.Contains(r.logs.String(), "routes on disk are refused") {
		t.Errorf("the log doesn't say why: %s", r.logs)
	}
	r.control.with(func() { r.control.deaf = false })
	r.waitVersion(1)
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
	eventually(t, "it is on disk anew", kept)
}

func TestRoutesOfAnotherBaseDomainAreRefused(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	must(t, r.stop())
	r.config.BaseDomain = "other.example"
	r.start()
	r.get("acme.longhouse.localhost", "/").want(t, 503, "starting")
	eventually(t, "both refusals are logged", func() bool {
		return strings.Contains(r.logs.String(), "another base domain") &&
			strings.Contains(r.logs.String(), "the control plane serves base domain")
	})
	r.admin("/readyz").want(t, 503, "")
}

func TestStreamResumesFromTheKnownVersion(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.control.change(7, routeTo("globex", "/g"))
	r.waitVersion(7)
	r.control.CloseClientConnections()
	eventually(t, "the edge comes back", func() bool { return len(r.control.queries()) == 2 })
	if got := r.control.queries(); !slices.Equal(got, []string{"", "since=7"}) {
		t.Errorf("asked %q", got)
	}
	r.control.change(8, routeTo("hooli", "/h"))
	r.waitVersion(8)
	if owner(r.server.keeper.table, "acme") == "" {
		t.Error("resuming lost a route")
	}
}

// TestAFilterThatIsNotKnownIsAskedFor again, with all else: whoever sent its version without it may know better by then.
func TestAFilterThatIsNotKnownIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	known := r.instance("acme", says("here"))
	unknown := known
	unknown.PolicyVersion = 3
	r.control.set(7, unknown)
	r.start()
	r.waitVersion(7)
	r.get("acme.longhouse.localhost", "/").want(t, 403, "not allowed")
	known.PolicyVersion, known.Filter = 3, &feed.Filter{Open: true}
	r.control.set(7, known)
	r.control.CloseClientConnections()
	eventually(t, "the edge comes back", func() bool { return len(r.control.queries()) == 2 })
	if got := r.control.queries(); !slices.Equal(got, []string{"", ""}) {
		t.Errorf("it asked by %q", got)
	}
	eventually(t, "it knows the filter", func() bool { return !r.server.keeper.table.Incomplete() })
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
}

func TestSnapshotInMidStreamDropsWhatItDoesNotName(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"), routeTo("globex", "/g"))
	r.control.say(feed.Message{Type: feed.KindSnapshot, Version: 9, BaseDomain: "longhouse.localhost", Routes: []feed.Route{routeTo("globex", "/g")}})
	r.waitVersion(9)
	r.get("acme.longhouse.localhost", "/").want(t, 404, "")
	r.get("globex.longhouse.localhost", "/").want(t, 502, "")
}

func TestSilentStreamIsLeft(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1)
	r.control.mute = true
	r.start(func(s *server) { s.follower.silence = 100 * time.Millisecond })
	eventually(t, "the edge connects again", func() bool { return len(r.control.queries()) >= 2 })
	if !strings.Contains(r.logs.String(), "nothing heard for 100ms") {
		t.Errorf("the log doesn't say why: %s", r.logs)
	}
}

func TestHeartbeatsKeepTheStreamOpen(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1)
	r.start(func(s *server) { s.follower.silence = 500 * time.Millisecond })
	r.waitVersion(1)
	begun := time.Now()
	eventually(t, "heard for longer than the limit", func() bool {
		return time.Since(begun) > time.Second && time.Unix(0, r.server.follower.lastHeard.Load()).After(begun.Add(900*time.Millisecond))
	})
	if n := len(r.control.queries()); n != 1 {
		t.Errorf("%d streams", n)
	}
}

func TestNonsenseInTheStreamEndsItAndKeepsTheTable(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.control.say(feed.Message{Type: "dance", Version: 2})
	eventually(t, "the edge connects again", func() bool { return len(r.control.queries()) >= 2 })
	if owner(r.server.keeper.table, "acme") == "" || !strings.Contains(r.logs.String(), "allowed are snapshot, change and heartbeat") {
		t.Errorf("log: %s", r.logs)
	}
}

func TestRefusedTokenIsSaidOnceAndReadAgain(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.control.with(func() { r.control.token = "rotated" })
	r.control.CloseClientConnections()
	eventually(t, "several attempts", func() bool { return len(r.control.queries()) >= 4 })
	if n := strings.Count(r.logs.String(), `it does not accept the token in `+r.config.TokenFile+`","version"`); n != 1 {
		t.Errorf("said %d times", n)
	}
	r.get("acme.longhouse.localhost", "/").want(t, 502, "") // still routed
	must(t, os.WriteFile(r.config.TokenFile, []byte("rotated"), 0o600))
	r.control.change(2, routeTo("globex", "/g"))
	r.waitVersion(2)
}

func TestMissingTokenFileIsNamed(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	must(t, os.Remove(r.config.TokenFile))
	r.start()
	eventually(t, "the log names the file", func() bool { return strings.Contains(r.logs.String(), r.config.TokenFile) })
}

func TestEdgeServesFromMemoryWhenTheDiskFails(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	eventually(t, "a journal", func() bool { _, err := os.Stat(filepath.Join(r.config.StateDir, journalName)); return err == nil })
	k := &keeper{table: filled(t, 1), journal: &journal{dir: filepath.Join(r.dir, "absent")}, tunnels: newTunnels(), log: r.config.Log, stale: true}
	must(t, k.learn(changeOf(2, routeTo("globex", "/g"))))
	k.settle()
	if k.table.Version() != 2 || k.writeErrors.Load() != 1 || !k.stale {
		t.Errorf("version %d, %d errors", k.table.Version(), k.writeErrors.Load())
	}
	must(t, os.Mkdir(filepath.Join(r.dir, "absent"), 0o700))
	k.settle()
	defer k.journal.close()
	table := NewTable()
	must(t, k.journal.load(table))
	if table.Version() != 2 || k.stale {
		t.Errorf("the disk did not catch up: version %d", table.Version())
	}
}

func TestJournalIsWrittenAnewWhenItIsOvergrown(t *testing.T) {
	t.Parallel()
	j := newJournal(t)
	k := &keeper{table: filled(t, 1), journal: j, tunnels: newTunnels(), log: newRig(t).config.Log, stale: true}
	var largest int
	for version := int64(2); version < 3*compactAfter; version++ {
		must(t, k.learn(changeOf(version, routeTo(fmt.Sprint("w", version%3), "/s"))))
		if version%10 == 0 {
			k.settle()
			largest = max(largest, j.changes)
		}
	}
	k.settle()
	if largest > compactAfter+maxPending {
		t.Errorf("%d changes were kept for 3 routes", largest)
	}
	table := NewTable()
	must(t, j.load(table))
	if table.Version() != 3*compactAfter-1 || table.Len() != 3 {
		t.Errorf("version %d, %d routes", table.Version(), table.Len())
	}
}

func TestTheTokenStaysWithTheConfiguredControlPlane(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	elsewhere := newControl(t)
	r.control.with(func() { r.control.redirect = elsewhere.URL + feed.Path })
	r.start()
	eventually(t, "the redirect is refused", func() bool { return strings.Contains(r.logs.String(), "answers 307") })
	if n := len(elsewhere.queries()); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}
