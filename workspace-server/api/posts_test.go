package api_test

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func TestPagesOfAChannelChainUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var want []id.ID
	for i := range 7 {
		want = append([]id.ID{b.say(b.admin, b.private.ID, strconv.Itoa(i)).ID}, want...)
	}
	at := func(query string) wire.PostList {
		return must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.private)+"/posts?"+query, nil)
	}
	check := func(query string, order []id.ID, next, prev id.ID) {
		t.Helper()
		got := at(query)
		if fmt.Sprint(got.Order) != fmt.Sprint(order) || got.NextPostID != next || got.PrevPostID != prev {
			t.Errorf("%s: order %v next %v prev %v, want %v next %v prev %v", query, got.Order, got.NextPostID, got.PrevPostID, order, next, prev)
		}
	}
	none := id.ID{}
	check("per_page=3", want[:3], none, want[3])
	check("per_page=3&page=1", want[3:6], want[2], want[6])
	check("per_page=3&page=2", want[6:], want[5], none)
	check("per_page=3&before="+want[3].String(), want[4:7], want[3], none)
	check("per_page=2&before="+want[3].String(), want[4:6], want[3], want[6])
	check("per_page=2&page=1&before="+want[3].String(), want[6:], want[5], none)
	check("per_page=2&after="+want[3].String(), want[1:3], want[0], want[3])
	check("per_page=5&after="+want[3].String(), want[0:3], none, want[3])
}

func TestRepliesBringTheirRootAlong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "root")
	b.say(b.admin, b.public.ID, "between")
	reply := must[wire.Post](b, b.member, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "root_id": root.ID, "message": "reply"})
	got := must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.public)+"/posts?per_page=1", nil)
	if len(got.Order) != 1 || got.Order[0] != reply.ID || got.Posts[root.ID] == nil || got.Posts[root.ID].ReplyCount != 1 {
		t.Fatalf("got %+v", got)
	}
	if got = must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.public)+"/posts?per_page=1&collapsedThreads=true", nil); got.Posts[reply.ID] != nil {
		t.Fatalf("a collapsed page has the reply: %+v", got)
	}
}

func TestSinceReportsWhatWasDeletedAndChanged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gone, stays := b.say(b.admin, b.public.ID, "gone"), b.say(b.admin, b.public.ID, "stays")
	last := b.say(b.admin, b.public.ID, "last")
	since := func() wire.PostList {
		return must[wire.PostList](b, b.member, http.MethodGet, fmt.Sprintf("%s/posts?since=%d", b.in(b.public), last.UpdateAt), nil)
	}
	if got := since(); len(got.Order) != 0 {
		t.Fatalf("nothing changed, yet %v", got.Order)
	}
	b.must(b.admin, http.MethodDelete, "/posts/"+gone.ID.String(), nil)
	b.must(b.member, http.MethodPost, "/reactions", map[string]any{"user_id": b.member.id, "post_id": stays.ID, "emoji_name": "+1"})
	got := since()
	if len(got.Order) != 2 || got.Posts[gone.ID].DeleteAt == 0 || len(got.Posts[stays.ID].Metadata.Reactions) != 1 || !got.NextPostID.IsZero() {
		t.Fatalf("got %+v", got)
	}
	if answer := b.call(b.member, http.MethodGet, "/posts/"+gone.ID.String(), nil); answer.status != http.StatusNotFound {
		t.Fatalf("a deleted post answers %d", answer.status)
	}
}

// Whoever repeats a request, even at the same time, gets one post.
func TestAPendingIDMakesOnePost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil).TotalMsgCount
	body := map[string]any{"channel_id": b.public.ID, "message": "once", "pending_post_id": b.member.id.String() + ":1700000000000"}
	made := make([]id.ID, 12)
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() { made[i] = must[wire.Post](b, b.member, http.MethodPost, "/posts", body).ID })
	}
	all.Wait()
	for _, post := range made {
		if post != made[0] {
			t.Fatalf("posts %v", made)
		}
	}
	if after := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil).TotalMsgCount; after != before+1 {
		t.Fatalf("the channel counts %d new messages", after-before)
	}
}

// Many who write at once leave counters that equal a recount, and an order without ties.
func TestCountersEqualARecount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "root")
	var all sync.WaitGroup
	for i := range 40 {
		body := map[string]any{"channel_id": b.public.ID, "message": "hey @ada"}
		if i%4 == 0 {
			body["root_id"] = root.ID
		}
		all.Go(func() { b.must(b.member, http.MethodPost, "/posts", body) })
	}
	all.Wait()
	channel := must[wire.Channel](b, b.admin, http.MethodGet, b.in(b.public), nil)
	if channel.TotalMsgCount != 41 || channel.TotalMsgCountRoot != 31 {
		t.Errorf("channel counts %d, %d roots", channel.TotalMsgCount, channel.TotalMsgCountRoot)
	}
	unread := must[wire.ChannelUnread](b, b.admin, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	if unread.MsgCount != 40 || unread.MsgCountRoot != 30 || unread.MentionCount != 40 || unread.MentionCountRoot != 30 {
		t.Errorf("unread %+v", unread)
	}
	own := must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	if own.MsgCount != 0 || own.MentionCount != 0 {
		t.Errorf("the author has unread posts of their own: %+v", own)
	}
	times := map[int64]bool{}
	for _, p := range must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.public)+"/posts?per_page=100", nil).Posts {
		if times[p.CreateAt] {
			t.Errorf("two posts at %d", p.CreateAt)
		}
		times[p.CreateAt] = true
	}
	if got := must[wire.PostList](b, b.admin, http.MethodGet, "/posts/"+root.ID.String()+"/thread", nil); got.Posts[root.ID].ReplyCount != 10 || len(got.Order) != 11 {
		t.Errorf("thread of %d with reply_count %d", len(got.Order), got.Posts[root.ID].ReplyCount)
	}
}

func TestUnreadOpensAtTheFirstUnreadPost(t *testing.T) {
	t.Parallel()
	b := setup(t)
	view := map[string]string{"channel_id": b.public.ID.String()}
	b.say(b.admin, b.public.ID, "read 1")
	read := b.say(b.admin, b.public.ID, "read 2")
	b.must(b.member, http.MethodPost, "/channels/members/me/view", view)
	fresh := []wire.Post{b.say(b.admin, b.public.ID, "new 1"), b.say(b.admin, b.public.ID, "new 2"), b.say(b.admin, b.public.ID, "new 3")}
	path := "/users/me" + b.in(b.public) + "/posts/unread?limit_before=1&limit_after=2"
	got := must[wire.PostList](b, b.member, http.MethodGet, path, nil)
	want := []id.ID{fresh[1].ID, fresh[0].ID, read.ID}
	if fmt.Sprint(got.Order) != fmt.Sprint(want) || got.NextPostID != fresh[2].ID || got.PrevPostID.IsZero() {
		t.Fatalf("order %v next %v prev %v, want %v", got.Order, got.NextPostID, got.PrevPostID, want)
	}
	b.must(b.member, http.MethodPost, "/users/me/posts/"+read.ID.String()+"/set_unread", nil)
	if u := must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil); u.MsgCount != 4 {
		t.Fatalf("set unread from the second of five, %d are unread", u.MsgCount)
	}
	b.must(b.member, http.MethodPost, "/channels/members/me/view", view)
	if u := must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil); u.MsgCount != 0 {
		t.Fatalf("after a view %d are unread", u.MsgCount)
	}
}

func TestOnlyTheAuthorEditsAndTheOldTextIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	post := b.say(b.member, b.public.ID, "first").ID.String()
	for _, text := range []string{"second", "third"} {
		b.must(b.member, http.MethodPut, "/posts/"+post+"/patch", map[string]string{"message": text})
	}
	old := must[[]wire.Post](b, b.member, http.MethodGet, "/posts/"+post+"/edit_history", nil)
	if len(old) != 2 || old[0].Message != "second" || old[1].Message != "first" || old[0].OriginalID.String() != post {
		t.Fatalf("history %+v", old)
	}
	other := b.newUser("dee")
	b.must(b.admin, http.MethodPost, "/teams/"+b.team.ID.String()+"/members", map[string]id.ID{"team_id": b.team.ID, "user_id": other.id})
	b.must(other, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": other.id})
	for _, call := range []struct{ method, path string }{{http.MethodPut, "/patch"}, {http.MethodDelete, ""}, {http.MethodGet, "/edit_history"}} {
		if got := b.call(other, call.method, "/posts/"+post+call.path, map[string]string{"message": "mine"}).status; got != http.StatusForbidden {
			t.Errorf("%s %s by another answers %d", call.method, call.path, got)
		}
	}
}

func TestDirectMessagesCountEveryPostAsAMention(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	if again := must[wire.Channel](b, b.member, http.MethodPost, "/channels/direct", []id.ID{b.member.id, b.admin.id}); again.ID != direct.ID {
		t.Fatal("the same two people got another channel")
	}
	b.say(b.admin, direct.ID, "psst")
	b.say(b.admin, direct.ID, "hey")
	m := must[wire.ChannelMember](b, b.member, http.MethodGet, b.in(direct)+"/members/me", nil)
	if m.MentionCount != 2 || m.MsgCount != 0 {
		t.Fatalf("member %+v", m)
	}
	for _, u := range must[[]wire.TeamUnread](b, b.member, http.MethodGet, "/users/me/teams/unread", nil) {
		if u.TeamID.IsZero() && u.MentionCount != 2 {
			t.Fatalf("unread %+v", u)
		}
	}
	shown := must[wire.Preference](b, b.member, http.MethodGet, "/users/me/preferences/direct_channel_show/name/"+b.admin.id.String(), nil)
	if shown.Value != "true" {
		t.Fatalf("preference %+v", shown)
	}
	if got := b.call(b.outside, http.MethodGet, b.in(direct)+"/posts", nil).status; got != http.StatusForbidden {
		t.Fatalf("a third person reads with %d", got)
	}
}
