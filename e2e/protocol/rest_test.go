package protocol

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"
)

// rests is what the server says to whoever would stop it.
func (w *workspace) rests() (next any, sockets float64) {
	w.t.Helper()
	status, out := w.control(w.token(workspaceID, time.Minute), http.MethodGet, "/admin/v1/rest", nil)
	if status != http.StatusOK {
		w.t.Fatalf("rest: %d %v", status, out)
	}
	return out["next_wake_at"], out["web_sockets"].(float64)
}

// said is how often somebody has said something in a channel.
func (c *client) said(channel, message string) (times int) {
	c.t.Helper()
	for _, p := range ok[*model.PostList](c.t)(c.GetPostsForChannel(c.t.Context(), channel, 0, 60, "", false, false)).Posts {
		if p.Message == message {
			times++
		}
	}
	return times
}

// The host stops the server, and starts it again when that had said. What was scheduled comes then, once, also where the server is started twice.
func TestAScheduledPostComesOnceAfterARest(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); ; <-tick.C { // what ben asked last may be under way for a moment
		next, sockets := w.rests()
		if next == nil && sockets == 2 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("with nothing scheduled it wakes at %v, with %v connected", next, sockets)
		}
	}
	at := time.UnixMilli(time.Now().UnixMilli() + 2500).UTC()
	ok[*model.ScheduledPost](t)(ada.CreateScheduledPost(t.Context(), &model.ScheduledPost{Draft: model.Draft{ChannelId: channel, Message: "good morning"}, ScheduledAt: at.UnixMilli()}))
	next, _ := w.rests()
	text, _ := next.(string)
	if told, err := time.Parse(time.RFC3339, text); err != nil || !told.Equal(at) || !strings.HasSuffix(text, "Z") {
		t.Errorf("it wakes at %v, want %v", next, at)
	}
	w.stop()
	<-time.After(time.Until(at))
	w.serve()
	ben = w.signIn("ben", "bens-password")
	for deadline := time.Now().Add(10 * time.Second); next != nil || ben.said(channel, "good morning") == 0; <-tick.C {
		if next, _ = w.rests(); time.Now().After(deadline) {
			t.Fatalf("the post does not come, or it wakes at %v", next)
		}
	}
	w.stop()
	w.serve()
	if n := w.signIn("ben", "bens-password").said(channel, "good morning"); n != 1 {
		t.Errorf("it came %d times", n)
	}
}
