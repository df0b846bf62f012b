package api_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const hour = int64(60 * 60 * 1000)

func (b *bundle) later(as person, channel, root id.ID, message string) wire.ScheduledPost {
	b.t.Helper()
	return must[wire.ScheduledPost](b, as, http.MethodPost, "/posts/schedule",
		map[string]any{"channel_id": channel, "root_id": root, "message": message, "scheduled_at": time.Now().UnixMilli() + hour})
}

// scheduled are the texts of somebody's posts, those of the team first, with why they could not be posted.
func (b *bundle) scheduled(as person) (texts []string) {
	b.t.Helper()
	got := must[map[string][]wire.ScheduledPost](b, as, http.MethodGet, "/posts/scheduled/team/"+b.team.ID.String()+"?includeDirectChannels=true", nil)
	for _, p := range slices.Concat(got[b.team.ID.String()], got["directChannels"]) {
		texts = append(texts, strings.TrimSpace(p.Message+" "+p.ErrorCode))
	}
	return texts
}

// pass lets an hour and more pass for what is scheduled.
func (b *bundle) pass() {
	b.t.Helper()
	b.api.Schedule.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if _, err := b.api.Schedule.SendDue(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.api.Schedule.Now = time.Now
}

func TestWhatIsScheduledIsPostedOnceItIsTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	first := b.later(b.member, b.public.ID, id.ID{}, "good morning")
	b.later(b.member, b.public.ID, root, "yes, @ada")
	b.later(b.member, direct.ID, id.ID{}, "between us")
	if first.UserID != b.member.id || first.ScheduledAt == 0 || first.ID.IsZero() || first.CreateAt == 0 {
		t.Fatalf("scheduled %+v", first)
	}
	wait, err := b.api.Schedule.SendDue(t.Context())
	if err != nil || wait <= 0 || wait > 10*time.Minute {
		t.Errorf("with nothing due it waits %s (%v)", wait, err)
	}
	if got := b.scheduled(b.member); !slices.Equal(got, []string{"good morning", "yes, @ada", "between us"}) {
		t.Errorf("scheduled are %v", got)
	}
	if got := b.scheduled(b.admin); len(got) != 0 {
		t.Errorf("another sees %v", got)
	}
	b.pass()
	b.pass()
	if got := b.last(b.public.ID, 3); got[0].Message != "yes, @ada" || got[0].RootID != root || got[1].Message != "good morning" || got[1].UserID != b.member.id || got[2].ID != root {
		t.Errorf("posted are %+v", got)
	}
	if got := b.last(direct.ID, 1); len(got) != 1 || got[0].Message != "between us" {
		t.Errorf("posted are %+v", got)
	}
	if got := b.scheduled(b.member); len(got) != 0 {
		t.Errorf("posted, there are still %v", got)
	}
	if th := b.thread(b.admin, root); th.UnreadMentions != 1 {
		t.Errorf("the thread is %+v", th)
	}
}

func TestWhatIsScheduledIsChangedAndTakenBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p, gone := b.later(b.member, b.public.ID, id.ID{}, "good mornin"), b.later(b.member, b.public.ID, id.ID{}, "never")
	of := "/posts/schedule/" + p.ID.String()
	p.Message = "good morning"
	if got := must[wire.ScheduledPost](b, b.member, http.MethodPut, of, p); got.Message != "good morning" || got.UpdateAt <= got.CreateAt {
		t.Errorf("changed, it is %+v", got)
	}
	if got := must[wire.ScheduledPost](b, b.member, http.MethodDelete, "/posts/schedule/"+gone.ID.String(), nil); got.ID != gone.ID {
		t.Errorf("taken back is %+v", got)
	}
	other := p
	other.ChannelID = b.private.ID
	for name, c := range map[string]struct {
		as     person
		method string
		body   any
		want   int
	}{"another's": {b.admin, http.MethodPut, p, http.StatusNotFound}, "another's, taken back": {b.admin, http.MethodDelete, nil, http.StatusNotFound},
		"elsewhere": {b.member, http.MethodPut, other, http.StatusForbidden}, "another id": {b.member, http.MethodPut, gone, http.StatusBadRequest}} {
		if got := b.call(c.as, c.method, of, c.body); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	b.pass()
	if got := b.last(b.public.ID, 1); got[0].Message != "good morning" {
		t.Errorf("posted is %+v", got)
	}
	if got := b.call(b.member, http.MethodDelete, of, nil).status; got != http.StatusNotFound {
		t.Errorf("posted, it is taken back with %d", got)
	}
}

func TestAScheduledPostSaysNothingOfItsAuthorNow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.member, b.public.ID, "shall we?").ID
	b.later(b.member, b.public.ID, id.ID{}, "good morning")
	b.later(b.member, b.public.ID, root, "well?")
	b.begin(b.member, b.public.ID, id.ID{}, "something else")
	b.say(b.admin, b.public.ID, "@ben, are you there?")
	b.answer(b.admin, b.public.ID, root, "@ben, yes")
	b.pass()
	got := must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	if got.MentionCount != 2 || got.MsgCountRoot < 1 {
		t.Errorf("who was away has unread %+v", got)
	}
	if th := b.thread(b.member, root); th.UnreadMentions != 1 || th.UnreadReplies < 1 {
		t.Errorf("of the thread there is %+v", th)
	}
	if list := b.drafts(b.member); len(list) != 1 {
		t.Errorf("the drafts are %+v", list)
	}
}

// What is changed or taken back at the moment in which it is due is posted as it is then, or not at all.
func TestWhatIsChangedWhenItIsDueIsPostedAsItIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	due := b.later(b.member, b.public.ID, id.ID{}, "first")
	rows, err := b.api.DB.DueScheduledPosts(t.Context(), dbsql.DueScheduledPostsParams{Now: due.ScheduledAt, MaxRows: 1})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d are due (%v)", len(rows), err)
	}
	due.Message = "second"
	b.must(b.member, http.MethodPut, "/posts/schedule/"+due.ID.String(), due)
	if err := b.api.Schedule.Send(t.Context(), rows[0]); err != nil {
		t.Fatal(err)
	}
	if got := b.scheduled(b.member); !slices.Equal(got, []string{"second"}) {
		t.Errorf("scheduled are %v", got)
	}
	b.pass()
	if got := b.last(b.public.ID, 1); len(got) != 1 || got[0].Message != "second" {
		t.Errorf("posted is %+v", got)
	}
	var all sync.WaitGroup
	for range 5 {
		again := b.later(b.member, b.public.ID, id.ID{}, "once")
		for range 4 { // as several instances do
			all.Go(func() { b.sendAll(again.ScheduledAt) })
		}
		all.Wait()
	}
	var posted int
	if err := b.db().QueryRow(t.Context(), "select count(*) from posts where message = 'once'").Scan(&posted); err != nil || posted != 5 {
		t.Errorf("of 5 there are %d (%v)", posted, err)
	}
}

func (b *bundle) sendAll(at int64) {
	rows, err := b.api.DB.DueScheduledPosts(b.t.Context(), dbsql.DueScheduledPostsParams{Now: at, MaxRows: 9})
	for _, row := range rows {
		err = errors.Join(err, b.api.Schedule.Send(b.t.Context(), row))
	}
	if err != nil {
		b.t.Error(err)
	}
}

func TestWhatCantBePostedAnyMoreSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	b.later(b.member, b.public.ID, root, "a reply")
	b.must(b.admin, http.MethodDelete, "/posts/"+root.String(), nil)
	b.pass()
	if got := b.scheduled(b.member); !slices.Equal(got, []string{"a reply thread_deleted"}) {
		t.Errorf("the reply to a deleted post: %v", got)
	}
	b.later(b.member, b.public.ID, id.ID{}, "a post")
	b.must(b.member, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	b.pass()
	if got := b.scheduled(b.member); !slices.Contains(got, "a post no_channel_member") {
		t.Errorf("in a channel that was left: %v", got)
	}
	b.later(b.admin, b.public.ID, id.ID{}, "another")
	b.must(b.admin, http.MethodDelete, b.in(b.public), nil)
	b.pass()
	if got := b.scheduled(b.admin); !slices.Equal(got, []string{"another channel_archived"}) {
		t.Errorf("in an archived channel: %v", got)
	}
	b.later(b.member, must[wire.Channel](b, b.member, http.MethodGet, "/teams/"+b.team.ID.String()+"/channels/name/town-square", nil).ID, id.ID{}, "the last")
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	b.pass()
	var why string
	if err := b.db().QueryRow(t.Context(), "select error_code from scheduled_posts where message = 'the last'").Scan(&why); err != nil || why != "user_deleted" {
		t.Errorf("of who is deactivated: %q (%v)", why, err)
	}
}

func TestFilesOfScheduledPostsAreKept(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := s.upload("note.txt")
	s.must(s.member, http.MethodPost, "/posts/schedule", map[string]any{"channel_id": s.public.ID, "file_ids": []id.ID{file}, "scheduled_at": time.Now().UnixMilli() + hour})
	s.api.Files.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	if err := s.api.Files.Tidy(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.pass()
	if got := s.last(s.public.ID, 1); len(got) != 1 || !slices.Equal(got[0].FileIDs, []id.ID{file}) {
		t.Errorf("posted is %+v", got)
	}
}

func TestWhatCantBeScheduledIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	at := time.Now().UnixMilli() + hour
	for name, c := range map[string]struct {
		body map[string]any
		want int
	}{
		"past":      {map[string]any{"channel_id": b.public.ID, "message": "x", "scheduled_at": at - 2*hour}, http.StatusBadRequest},
		"no time":   {map[string]any{"channel_id": b.public.ID, "message": "x"}, http.StatusBadRequest},
		"nothing":   {map[string]any{"channel_id": b.public.ID, "scheduled_at": at}, http.StatusBadRequest},
		"too long":  {map[string]any{"channel_id": b.public.ID, "message": strings.Repeat("x", 16_384), "scheduled_at": at}, http.StatusBadRequest},
		"type":      {map[string]any{"channel_id": b.public.ID, "message": "x", "type": "system_join_channel", "scheduled_at": at}, http.StatusBadRequest},
		"no root":   {map[string]any{"channel_id": b.public.ID, "message": "x", "root_id": id.New(), "scheduled_at": at}, http.StatusBadRequest},
		"elsewhere": {map[string]any{"channel_id": b.private.ID, "message": "x", "scheduled_at": at}, http.StatusForbidden},
	} {
		if got := b.call(b.member, http.MethodPost, "/posts/schedule", c.body); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
