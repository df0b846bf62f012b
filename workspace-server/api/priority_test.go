package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// urge posts something that is more than others, and asks to be told that it was read.
func (b *bundle) urge(as person, channel, root id.ID, priority, message string) answer {
	b.t.Helper()
	return b.call(as, http.MethodPost, "/posts", map[string]any{"channel_id": channel, "root_id": root, "message": message,
		"metadata": map[string]any{"priority": map[string]any{"priority": priority, "requested_ack": true}}})
}

func (b *bundle) urgent(as person, message string) wire.Post {
	b.t.Helper()
	if got := b.urge(as, b.public.ID, id.ID{}, "urgent", message); got.status != http.StatusCreated {
		b.t.Fatalf("%d %s", got.status, got.body)
	}
	return b.last(b.public.ID, 1)[0]
}

func TestAnUrgentPostIsCountedApart(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.urgent(b.member, "@ada, it burns")
	if m := p.Metadata.Priority; m == nil || *m.Priority != "urgent" || !*m.RequestedAck || *m.PersistentNotifications {
		t.Errorf("it has the priority %+v", m)
	}
	b.say(b.member, b.public.ID, "@ada, it does not")
	unread := func() wire.ChannelUnread {
		return must[wire.ChannelUnread](b, b.admin, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	}
	if got := unread(); got.UrgentMentionCount != 1 || got.MentionCount != 2 {
		t.Errorf("unread is %+v", got)
	}
	b.must(b.admin, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	if got := unread(); got.UrgentMentionCount != 0 {
		t.Errorf("read, there is %+v", got)
	}
	b.must(b.admin, http.MethodPost, "/users/me/posts/"+p.ID.String()+"/set_unread", nil)
	if got := unread(); got.UrgentMentionCount != 1 || got.MentionCount != 2 {
		t.Errorf("unread again, there is %+v", got)
	}
	b.answer(b.member, b.public.ID, p.ID, "@ada?")
	if list := b.threads(b.admin, ""); list.TotalUnreadUrgentMentions != 1 || !list.Threads[0].IsUrgent {
		t.Errorf("the threads are %+v", list)
	}
	for _, u := range must[[]wire.TeamUnread](b, b.admin, http.MethodGet, "/users/me/teams/unread?include_collapsed_threads=true", nil) {
		if u.TeamID == b.team.ID && u.ThreadUrgentMentionCount != 1 {
			t.Errorf("the team has %+v", u)
		}
	}
}

func TestAPostIsAcknowledged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	of := "/users/me/posts/" + b.urgent(b.member, "read this").ID.String() + "/ack"
	first := must[wire.PostAcknowledgement](b, b.admin, http.MethodPost, of, nil)
	if again := must[wire.PostAcknowledgement](b, b.admin, http.MethodPost, of, nil); first.AcknowledgedAt == 0 || again != first || first.UserID != b.admin.id {
		t.Errorf("acknowledged %+v, and %+v", first, again)
	}
	acknowledged := func() int { return len(b.last(b.public.ID, 1)[0].Metadata.Acknowledgements) }
	if acknowledged() != 1 {
		t.Errorf("%d have", acknowledged())
	}
	b.must(b.admin, http.MethodDelete, of, nil)
	if acknowledged() != 0 {
		t.Errorf("taken back, %d have", acknowledged())
	}
	b.must(b.admin, http.MethodPost, of, nil)
	b.api.Posts.Now = func() time.Time { return time.Now().Add(10 * time.Minute) }
	if got := b.call(b.admin, http.MethodDelete, of, nil); got.status != http.StatusForbidden || got.error().ID != "api.acknowledgement.delete.deadline.app_error" {
		t.Errorf("after ten minutes it is taken back with %d %s", got.status, got.body)
	}
	if got := b.call(b.admin, http.MethodPost, "/users/"+b.member.id.String()+"/posts/"+b.last(b.public.ID, 1)[0].ID.String()+"/ack", nil).status; got != http.StatusForbidden {
		t.Errorf("in another's name it is acknowledged with %d", got)
	}
	if got := b.call(b.outside, http.MethodPost, of, nil).status; got != http.StatusForbidden {
		t.Errorf("by an outsider it is acknowledged with %d", got)
	}
}

func TestPriorityIsForWhatBeginsAThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	for name, got := range map[string]answer{"reply": b.urge(b.member, b.public.ID, root, "urgent", "x"), "unknown": b.urge(b.member, b.public.ID, id.ID{}, "loud", "x"),
		"repeated": b.call(b.member, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "message": "x", "metadata": map[string]any{"priority": map[string]any{"priority": "urgent", "persistent_notifications": true}}})} {
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	later := b.call(b.member, http.MethodPost, "/posts/schedule", map[string]any{"channel_id": b.public.ID, "message": "later", "scheduled_at": time.Now().UnixMilli() + hour, "priority": map[string]any{"priority": "important", "requested_ack": false}})
	if later.status != http.StatusCreated {
		t.Fatalf("%d %s", later.status, later.body)
	}
	b.pass()
	if p := b.last(b.public.ID, 1)[0]; p.Message != "later" || p.Metadata.Priority == nil || *p.Metadata.Priority.Priority != "important" {
		t.Errorf("posted is %+v with %+v", p, p.Metadata.Priority)
	}
}
