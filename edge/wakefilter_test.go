package edge

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// TestWhoTheFilterRefusesWakesNobody also while others are held.
func TestWhoTheFilterRefusesWakesNobody(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.wake = func(string, int) int { return http.StatusAccepted }
	closed := asleep("acme")
	closed.PolicyVersion, closed.Filter = 1, &feed.Filter{}
	r.control.set(1, closed)
	r.start()
	r.waitVersion(1)
	if got := r.root(); got.StatusCode == http.StatusOK || got.StatusCode == http.StatusServiceUnavailable {
		t.Errorf("it is answered %d", got.StatusCode)
	}
	if n := len(r.control.wishes()); n != 0 {
		t.Errorf("asked for %d times", n)
	}
	open := closed
	open.PolicyVersion, open.Filter = 2, &feed.Filter{Open: true}
	r.control.change(2, open)
	r.waitVersion(2)
	answered := r.held(1, r.root)
	r.asked()
	awake := r.instance("acme", says("awake"))
	awake.PolicyVersion, awake.Filter = 2, open.Filter
	r.control.change(3, awake)
	(<-answered).want(t, http.StatusOK, "awake")
}
