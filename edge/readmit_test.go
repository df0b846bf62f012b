package edge

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// TestRequestThatWaitsIsDecidedWhereItGoes: its host comes to be another workspace's while its own is not there, and the IP filter of that one,
// and no longer the first one's, says whether it comes in and stays.
func TestRequestThatWaitsIsDecidedWhereItGoes(t *testing.T) {
	t.Parallel()
	for client, want := range map[string]string{friend: "finished", stranger: "broken"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			r, s := newRig(t), newSlowly()
			absent := routeTo("acme", "/nowhere")
			r.control.set(1, absent)
			r.start(func(s *server) { s.retries.patience = time.Minute })
			r.waitVersion(1)
			got := make(chan string, 1)
			asking := r.clientAt(client)
			req := r.request(http.MethodGet, "acme.longhouse.localhost", "/poll", nil)
			req.Header.Set("X-Who", "me")
			go func() {
				if res, err := asking.Do(req); err != nil || res.Body.Close() != nil || res.StatusCode != http.StatusOK {
					got <- "broken"
					return
				}
				got <- "finished"
			}()
			eventually(t, "the request waits", func() bool { return r.server.retries.waiting.Load() == 1 })
			next := allowing(r.instance("next", s), friend)
			next.Hosts = absent.Hosts
			r.control.change(2, next)
			if want == "broken" {
				hear(t, got, want)
				if len(s.entered) > 0 {
					t.Error("the instance heard of it")
				}
				return
			}
			hear(t, s.entered, "me")
			r.control.change(3, allowing(absent)) // denies all
			r.control.change(4, feed.Route{WorkspaceID: absent.WorkspaceID, State: feed.StateGone})
			r.waitVersion(4)
			close(s.release)
			hear(t, got, want)
		})
	}
}
