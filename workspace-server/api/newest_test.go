package api_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strconv"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// newest is the newest page of a channel in all the forms that clients ask for, as its members see it.
func (b *bundle) newest(channel wire.Channel) map[string]any {
	b.t.Helper()
	out := map[string]any{}
	for _, form := range []string{"", "?per_page=2", "?collapsedThreads=true", "?collapsedThreads=true&collapsedThreadsExtended=true", "?skipFetchThreads=true"} {
		for name, as := range map[string]person{"ada ": b.admin, "ben ": b.member} {
			var page any
			if err := json.Unmarshal(b.must(as, http.MethodGet, b.in(channel)+"/posts"+form, nil), &page); err != nil {
				b.t.Fatal(err)
			}
			out[name+form] = page
		}
	}
	return out
}

// unseen is newest, read by an instance that remembers nothing.
func (b *bundle) unseen(channel wire.Channel) map[string]any {
	was := b.api.Pages
	defer func() { b.api.Pages = was }()
	b.api.Pages = posts.NewPages()
	return b.newest(channel)
}

func TestTheNewestPageIsNeverOneFromBefore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	other := b.beside()
	var root, reply, bare wire.Post
	patch := func(p *wire.Post, message string) {
		b.must(b.admin, http.MethodPut, "/posts/"+p.ID.String()+"/patch", map[string]string{"message": message})
	}
	post := func(method string, p *wire.Post, path string) {
		b.must(b.admin, method, "/posts/"+p.ID.String()+path, nil)
	}
	follow := func(method string) {
		b.must(b.member, method, "/users/"+b.member.id.String()+"/teams/"+b.team.ID.String()+"/threads/"+root.ID.String()+"/following", nil)
	}
	for _, change := range []struct {
		says string
		do   func()
	}{
		{"a post", func() { root = b.say(b.admin, b.public.ID, "first") }},
		{"another", func() { bare = b.say(b.admin, b.public.ID, "second") }},
		{"an edit", func() { patch(&root, "first, edited") }},
		{"another edit", func() { patch(&root, "first, edited again") }},
		{"a pin", func() { post(http.MethodPost, &root, "/pin") }},
		{"an unpin", func() { post(http.MethodPost, &root, "/unpin") }},
		{"a reply", func() {
			reply = must[wire.Post](b, b.admin, http.MethodPost, "/posts", map[string]string{"channel_id": b.public.ID.String(), "root_id": root.ID.String(), "message": "third"})
		}},
		{"a follower", func() { follow(http.MethodPut) }},
		{"no follower", func() { follow(http.MethodDelete) }},
		{"a reaction", func() {
			b.must(b.member, http.MethodPost, "/reactions", wire.Reaction{UserID: b.member.id, PostID: bare.ID, EmojiName: "tada"})
		}},
		{"no reaction", func() {
			b.must(b.member, http.MethodDelete, "/users/"+b.member.id.String()+"/posts/"+bare.ID.String()+"/reactions/tada", nil)
		}},
		{"a priority", func() {
			b.must(b.admin, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "message": "fourth",
				"metadata": map[string]any{"priority": map[string]any{"priority": "urgent", "requested_ack": false}}})
		}},
		{"a link to a post", func() { patch(&bare, "see "+b.url+"/builders/pl/"+root.ID.String()) }},
		{"an edit of what is linked to", func() { patch(&root, "first, once more") }},
		{"no link", func() { patch(&bare, "second") }},
		{"no reply", func() { post(http.MethodDelete, &reply, "") }},
		{"fewer posts", func() { post(http.MethodDelete, &root, "") }},
	} {
		b.newest(b.public) // is remembered as it was
		other.newest(b.public)
		change.do()
		want := b.unseen(b.public)
		for _, at := range []*bundle{b, other, b, other} {
			if got := at.newest(b.public); !reflect.DeepEqual(got, want) {
				t.Fatalf("after %s, at another instance %t:\n%v\ninstead of\n%v", change.says, at == other, got, want)
			}
		}
	}
}

// A page of which no post is left says so.
func TestTheNewestPageOfAnEmptiedChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.newest(b.public)
	if _, err := b.db().Exec(t.Context(), "update posts set delete_at = 1, update_at = update_at + 1 where channel_id = $1", b.public.ID); err != nil {
		t.Fatal(err)
	}
	list := must[wire.PostList](b, b.member, http.MethodGet, b.in(b.public)+"/posts", nil)
	if len(list.Order) != 0 || len(list.Posts) != 0 {
		t.Errorf("%d posts of an empty channel", len(list.Posts))
	}
}

// What nothing happened to is not read again.
func TestAPageThatStandsIsNotReadAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.say(b.admin, b.public.ID, "first")
	p := posts.Page{Channel: b.public.ID, Size: 60}
	_, state, err := b.api.Posts.ListNewest(t.Context(), p, nil)
	if err != nil || state == nil {
		t.Fatalf("state %v (%v)", state, err)
	}
	if list, _, err := b.api.Posts.ListNewest(t.Context(), p, state); err != nil || list != nil {
		t.Errorf("read again: %v (%v)", list, err)
	}
	b.must(b.member, http.MethodGet, b.in(b.public)+"/posts", nil)
	if b.api.Pages.Of(p) == nil {
		t.Error("nothing is remembered")
	}
	for _, message := range []string{"a link: https://example.com", "a sign :tada: of ours"} {
		said := b.say(b.admin, b.public.ID, message)
		if _, state, err := b.api.Posts.ListNewest(t.Context(), p, nil); err != nil || state != nil {
			t.Errorf("%q says more than its row, and is remembered (%v)", message, err)
		}
		b.must(b.admin, http.MethodDelete, "/posts/"+said.ID.String(), nil)
	}
}

// Who may read no more is not told what is remembered.
func TestARememberedPageIsForMembersAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.say(b.admin, b.private.ID, "between us")
	b.must(b.admin, http.MethodGet, b.in(b.private)+"/posts", nil)
	if got := b.call(b.member, http.MethodGet, b.in(b.private)+"/posts", nil); got.status != http.StatusForbidden {
		t.Errorf("answer %d %s", got.status, got.body)
	}
}

// The longest page that can be asked for has what follows it as well.
func TestTheLongestNewestPage(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for n := range 205 {
		b.say(b.admin, b.public.ID, strconv.Itoa(n))
	}
	for range 2 {
		list := must[wire.PostList](b, b.admin, http.MethodGet, b.in(b.public)+"/posts?per_page=1000", nil)
		if oldest := list.Posts[list.Order[len(list.Order)-1]]; len(list.Order) != 200 || oldest.Message != "5" || list.PrevPostID.IsZero() || !list.NextPostID.IsZero() {
			t.Errorf("%d posts down to %q, then %q", len(list.Order), oldest.Message, list.PrevPostID)
		}
	}
}
