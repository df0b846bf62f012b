package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Many who reply at once leave what is unread as a recount says, also for who begins to follow by one of the replies.
func TestRepliesAtOnceAreCountedForWhoBeginsToFollow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	for range 10 {
		root := b.say(b.admin, b.public.ID, "shall we?").ID
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() { b.answer(b.member, b.public.ID, root, []string{"@cy?", "yes", "no", "yes"}[i%4]) })
		}
		all.Wait()
		th := b.thread(b.outside, root)
		after := int64(0)
		for _, p := range must[wire.PostList](b, b.outside, http.MethodGet, "/posts/"+root.String()+"/thread", nil).Posts {
			if p.ID != root && p.CreateAt > th.LastViewedAt {
				after++
			}
		}
		if th.ReplyCount != 12 || th.UnreadReplies != after || th.UnreadMentions != 3 {
			t.Errorf("who was mentioned has %d of %d replies unread, and %d mentions; counted are %d and 3", th.UnreadReplies, th.ReplyCount, th.UnreadMentions, after)
		}
	}
}

// Whoever leaves while others reply is made to follow nothing.
func TestWhoLeavesWhileOthersReplyFollowsNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	for range 10 {
		root := b.say(b.admin, b.public.ID, "shall we?").ID
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() { b.answer(b.member, b.public.ID, root, "@cy?") })
		}
		all.Go(func() { b.call(b.outside, http.MethodDelete, b.in(b.public)+"/members/"+b.outside.id.String(), nil) })
		all.Wait()
		if list := b.threads(b.outside, ""); list.Total != 0 {
			t.Fatalf("who has left follows %d threads", list.Total)
		}
		b.must(b.outside, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": b.outside.id})
	}
}

// A reply to a root that is deleted at the same time is there no more than the root is.
func TestNoReplyOutlivesItsRoot(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for range 10 {
		root := b.say(b.admin, b.public.ID, "shall we?").ID
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				got := b.call(b.member, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "root_id": root, "message": "yes"})
				if got.status != http.StatusCreated && got.error().ID != "api.post.create_post.root_id.app_error" {
					t.Errorf("a reply answers %d %s", got.status, got.body)
				}
			})
		}
		all.Go(func() { b.must(b.admin, http.MethodDelete, "/posts/"+root.String(), nil) })
		all.Wait()
	}
	var left int
	if err := b.db().QueryRow(t.Context(), "select count(*) from posts r join posts p on p.id = r.root_id where r.delete_at = 0 and p.delete_at > 0").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d replies outlived their root (%v)", left, err)
	}
	if list := b.threads(b.admin, ""); list.Total != 0 {
		t.Errorf("of deleted roots %d threads are left", list.Total)
	}
}

// TestWhatIsUnreadEqualsARecount walks at random, and counts again from the posts.
func TestWhatIsUnreadEqualsARecount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	people := []person{b.admin, b.member, b.outside}
	names := map[id.ID]string{b.admin.id: "ada", b.member.id: "ben", b.outside.id: "cy"}
	seed := rand.Uint64()
	walk := rand.New(rand.NewPCG(seed, 1))
	var roots []id.ID
	replies := map[id.ID][]wire.Post{}
	for range 3 {
		roots = append(roots, b.say(people[walk.IntN(3)], b.public.ID, "a root").ID)
	}
	for range 150 {
		who, root := people[walk.IntN(3)], roots[walk.IntN(3)]
		of := b.threadsPath() + "/" + root.String()
		switch some := replies[root]; walk.IntN(8) {
		case 0, 1, 2:
			said := []string{"yes", "@ada", "@ben and @cy", "@all"}[walk.IntN(4)]
			replies[root] = append(some, b.answer(who, b.public.ID, root, said))
		case 3:
			if len(some) > 0 {
				at := walk.IntN(len(some))
				b.must(b.admin, http.MethodDelete, "/posts/"+some[at].ID.String(), nil)
				replies[root] = slices.Delete(some, at, at+1)
			}
		case 4:
			if len(some) > 0 {
				b.must(who, http.MethodPost, of+"/set_unread/"+some[walk.IntN(len(some))].ID.String(), nil)
			}
		case 5:
			if len(some) > 0 {
				b.must(who, http.MethodPut, fmt.Sprintf("%s/read/%d", of, some[walk.IntN(len(some))].CreateAt), nil)
			}
		case 6:
			b.must(who, []string{http.MethodPut, http.MethodDelete}[walk.IntN(2)], of+"/following", nil)
		case 7:
			b.must(who, http.MethodPut, b.threadsPath()+"/read", nil)
		}
	}
	for _, who := range people {
		list := b.threads(who, "")
		var unread, mentioned int64
		for _, th := range list.Threads {
			var wantReplies, wantMentions int64
			for _, p := range replies[th.ID] {
				if p.CreateAt <= th.LastViewedAt {
					continue
				}
				wantReplies++
				named := p.Message == "@all" || p.Message == "@"+names[who.id] || (p.Message == "@ben and @cy" && who.id != b.admin.id)
				if named && p.UserID != who.id {
					wantMentions++
				}
			}
			if th.UnreadReplies != wantReplies || th.UnreadMentions != wantMentions || th.ReplyCount != int64(len(replies[th.ID])) {
				t.Errorf("walk %d: %s has %d replies, %d unread, %d mentions; counted are %d, %d, %d", seed, names[who.id],
					th.ReplyCount, th.UnreadReplies, th.UnreadMentions, len(replies[th.ID]), wantReplies, wantMentions)
			}
			if th.UnreadReplies > 0 {
				unread++
			}
			mentioned += th.UnreadMentions
		}
		if list.TotalUnreadThreads != unread || list.TotalUnreadMentions != mentioned || list.Total != int64(len(list.Threads)) {
			t.Errorf("walk %d: the totals of %s are %+v, counted are %d and %d", seed, names[who.id], list, unread, mentioned)
		}
	}
}

func TestWhoIsMentionedInARootFollowsItsThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	root := b.say(b.admin, b.public.ID, "@ben, can you look?").ID
	b.answer(b.outside, b.public.ID, root, "I can")
	if th := b.thread(b.member, root); th.UnreadReplies != 1 || th.UnreadMentions != 0 {
		t.Errorf("who was mentioned has %+v", th)
	}
}

func TestToBeUnreadAgainBringsMentionsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var first wire.Post
	for _, said := range []string{"@ben", "@all", "well", "@ada"} {
		if p := b.say(b.admin, b.public.ID, said); said == "@all" {
			first = p
		}
	}
	b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
	got := must[wire.ChannelUnreadAt](b, b.member, http.MethodPost, "/users/me/posts/"+first.ID.String()+"/set_unread", nil)
	if got.MentionCount != 1 || got.MentionCountRoot != 1 {
		t.Errorf("unread again, it is %+v", got)
	}
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	root := b.say(b.admin, direct.ID, "between us")
	b.answer(b.admin, direct.ID, root.ID, "are you there?")
	b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": direct.ID})
	got = must[wire.ChannelUnreadAt](b, b.member, http.MethodPost, "/users/me/posts/"+root.ID.String()+"/set_unread", nil)
	if got.MentionCount != 2 || got.MentionCountRoot != 1 {
		t.Errorf("unread again, the direct message is %+v", got)
	}
}
