package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/reminders"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// remindLater asks for a reminder in an hour.
func (b *bundle) remindLater(as person, post id.ID) {
	b.t.Helper()
	b.must(as, http.MethodPost, reminderOf(post), map[string]int64{"target_time": time.Now().Unix() + 3600})
}

func reminderOf(post id.ID) string { return "/users/me/posts/" + post.String() + "/reminder" }

// anHourLater lets that pass, in all instances.
func (b *bundle) anHourLater() {
	b.t.Helper()
	b.api.Reminders.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if _, err := b.api.Reminders.RemindDue(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.api.Reminders.Now = time.Now
}

// reminded are the posts that somebody was reminded of, the last first.
func (b *bundle) reminded(as person) (of []id.ID) {
	b.t.Helper()
	for _, c := range must[[]wire.Channel](b, as, http.MethodGet, "/users/me/channels", nil) {
		if c.Type != "D" {
			continue
		}
		list := must[wire.PostList](b, as, http.MethodGet, b.in(c)+"/posts", nil)
		for _, name := range list.Order {
			var props struct {
				PostID id.ID `json:"post_id"`
			}
			if p := list.Posts[name]; p.Type == "reminder" && json.Unmarshal(p.Props, &props) == nil {
				of = append(of, props.PostID)
			}
		}
	}
	return of
}

func TestSomebodyIsRemindedOnceItIsTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.admin, b.public.ID, "read this")
	b.remindLater(b.member, post.ID)
	wait, err := b.api.Reminders.RemindDue(t.Context())
	if err != nil || wait <= 0 || wait > 10*time.Minute || len(b.reminded(b.member)) != 0 {
		t.Fatalf("before its time it waits %s (%v), and reminded of %v", wait, err, b.reminded(b.member))
	}
	b.anHourLater()
	b.anHourLater()
	if got := b.reminded(b.member); !slices.Equal(got, []id.ID{post.ID}) {
		t.Errorf("reminded of %v", got)
	}
	if got := b.reminded(b.admin); len(got) != 0 {
		t.Errorf("another is reminded of %v", got)
	}
	bot := must[wire.User](b, b.member, http.MethodGet, "/users/username/system-bot", nil)
	direct := must[wire.Channel](b, b.member, http.MethodPost, "/channels/direct", []id.ID{b.member.id, bot.ID})
	p := must[wire.PostList](b, b.member, http.MethodGet, b.in(direct)+"/posts", nil)
	said := p.Posts[p.Order[0]]
	if !bot.IsBot || said.UserID != bot.ID || !strings.Contains(said.Message, "@ada") || !strings.HasSuffix(said.Message, "/builders/pl/"+post.ID.String()) ||
		!strings.Contains(string(said.Props), `"username":"ada"`) || !strings.Contains(string(said.Props), `"team_name":"builders"`) {
		t.Errorf("said is %+v %s", said, said.Props)
	}
	if got := must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(direct)+"/unread", nil); got.MentionCount != 1 {
		t.Errorf("unread is %+v", got)
	}
}

func TestTheLastReminderOfAPostHolds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	post := b.say(b.admin, direct.ID, "between us")
	b.remindLater(b.member, post.ID)
	due, err := b.api.DB.DueReminders(t.Context(), dbsql.DueRemindersParams{Now: time.Now().UnixMilli() + 2*hour, MaxRows: 9})
	if err != nil || len(due) != 1 {
		t.Fatalf("%d are due (%v)", len(due), err)
	}
	b.must(b.member, http.MethodPost, reminderOf(post.ID), map[string]int64{"target_time": time.Now().Unix() + 24*3600})
	if err := b.api.Reminders.Remind(t.Context(), due[0]); err != nil { // that was put off at the moment in which it was due
		t.Fatal(err)
	}
	b.anHourLater()
	if got := b.reminded(b.member); len(got) != 0 {
		t.Errorf("put off, it comes: %v", got)
	}
	b.remindLater(b.member, post.ID)
	b.anHourLater()
	if got := b.reminded(b.member); !slices.Equal(got, []id.ID{post.ID}) {
		t.Errorf("reminded of %v", got)
	}
}

// Several instances, each of which makes the bot and the conversation where there is none, remind once.
func TestSeveralInstancesRemindOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 5 {
		b.remindLater(b.member, b.say(b.admin, b.public.ID, "read this").ID)
	}
	due, err := b.api.DB.DueReminders(t.Context(), dbsql.DueRemindersParams{Now: time.Now().UnixMilli() + 2*hour, MaxRows: 9})
	if err != nil || len(due) != 5 {
		t.Fatalf("%d are due (%v)", len(due), err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			other := reminders.NewBook(*b.api.Reminders)
			for _, row := range due {
				if err := other.Remind(t.Context(), row); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := b.reminded(b.member); len(got) != 5 {
		t.Errorf("of 5 reminders came %d", len(got))
	}
}

func TestNobodyIsRemindedOfWhatTheyCantRead(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.must(b.admin, http.MethodPost, b.in(b.private)+"/members", map[string]id.ID{"user_id": b.member.id})
	gone, left, still := b.say(b.admin, b.public.ID, "a mistake").ID, b.say(b.admin, b.private.ID, "a secret").ID, b.say(b.admin, b.public.ID, "a plan").ID
	for _, post := range []id.ID{gone, left, still} {
		b.remindLater(b.member, post)
	}
	b.must(b.admin, http.MethodDelete, "/posts/"+gone.String(), nil)
	b.must(b.admin, http.MethodDelete, b.in(b.private)+"/members/"+b.member.id.String(), nil)
	b.anHourLater()
	if got := b.reminded(b.member); !slices.Equal(got, []id.ID{still}) {
		t.Errorf("reminded of %v", got)
	}
	b.remindLater(b.member, still)
	b.must(b.admin, http.MethodDelete, "/users/"+b.member.id.String(), nil)
	b.anHourLater()
	var rows int
	if err := b.db().QueryRow(t.Context(), "select count(*) from reminders").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d are left (%v)", rows, err)
	}
}

func TestAPersonWithTheBotsNameKeepsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.newUser("system-bot")
	post := b.say(b.admin, b.public.ID, "read this").ID
	b.remindLater(b.member, post)
	b.anHourLater()
	if got := b.reminded(b.member); !slices.Equal(got, []id.ID{post}) {
		t.Errorf("reminded of %v", got)
	}
	if who := must[wire.User](b, b.member, http.MethodGet, "/users/username/system-bot", nil); who.IsBot {
		t.Errorf("the name is that of %+v", who)
	}
}

func TestRemindersThatCantBeAreRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	public, private := b.say(b.admin, b.public.ID, "read this").ID, b.say(b.admin, b.private.ID, "a secret").ID
	now := time.Now().Unix()
	for name, c := range map[string]struct {
		path   string
		target any
		want   int
	}{
		"past":          {reminderOf(public), now - 3600, http.StatusBadRequest},
		"no time":       {reminderOf(public), nil, http.StatusBadRequest},
		"a text":        {reminderOf(public), "soon", http.StatusBadRequest},
		"milliseconds":  {reminderOf(public), now * 1000, http.StatusBadRequest},
		"another's":     {strings.Replace(reminderOf(public), "me", b.admin.id.String(), 1), now + 60, http.StatusForbidden},
		"can't be read": {reminderOf(private), now + 60, http.StatusForbidden},
		"no such post":  {reminderOf(id.New()), now + 60, http.StatusNotFound},
	} {
		if got := b.call(b.member, http.MethodPost, c.path, map[string]any{"target_time": c.target}); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}
