package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) threadsPath() string { return "/users/me/teams/" + b.team.ID.String() + "/threads" }

func (b *bundle) threads(as person, query string) wire.Threads {
	b.t.Helper()
	return must[wire.Threads](b, as, http.MethodGet, b.threadsPath()+query, nil)
}

func (b *bundle) thread(as person, root id.ID) wire.Thread {
	b.t.Helper()
	return must[wire.Thread](b, as, http.MethodGet, b.threadsPath()+"/"+root.String(), nil)
}

func (b *bundle) answer(as person, channel, root id.ID, message string) wire.Post {
	b.t.Helper()
	return must[wire.Post](b, as, http.MethodPost, "/posts", map[string]any{"channel_id": channel, "root_id": root, "message": message})
}

// join lets somebody into the team and its public channel.
func (b *bundle) join(p person) {
	b.t.Helper()
	b.must(b.admin, http.MethodPost, "/teams/"+b.team.ID.String()+"/members", map[string]id.ID{"team_id": b.team.ID, "user_id": p.id})
	b.must(p, http.MethodPost, b.in(b.public)+"/members", map[string]id.ID{"user_id": p.id})
}

func rootsOf(list wire.Threads) []id.ID {
	ids := make([]id.ID, len(list.Threads))
	for i, t := range list.Threads {
		ids[i] = t.ID
	}
	return ids
}

func TestWhoTakesPartInAThreadFollowsIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.join(b.outside)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	if list := b.threads(b.admin, ""); list.Total != 0 || len(list.Threads) != 0 {
		t.Fatalf("without a reply there are %+v", list)
	}
	b.answer(b.member, b.public.ID, root, "we shall, @cy")
	for name, c := range map[string]struct {
		who               person
		replies, mentions int64
	}{"its author": {b.admin, 1, 0}, "who replied": {b.member, 0, 0}, "who was mentioned": {b.outside, 1, 1}} {
		list := b.threads(c.who, "")
		if len(list.Threads) != 1 {
			t.Fatalf("%s follows %+v", name, list)
		}
		th := list.Threads[0]
		if th.ID != root || th.ReplyCount != 1 || th.UnreadReplies != c.replies || th.UnreadMentions != c.mentions || th.Post.Message != "shall we?" ||
			th.LastReplyAt == 0 || len(th.Participants) != 1 || th.Participants[0].ID != b.member.id || th.Participants[0].Username != "" {
			t.Errorf("%s has %+v", name, th)
		}
		if list.Total != 1 || list.TotalUnreadThreads != c.replies || list.TotalUnreadMentions != c.mentions {
			t.Errorf("%s has %+v in all", name, list)
		}
	}
	if th := b.threads(b.admin, "?extended=true").Threads[0]; th.Participants[0].Username != "ben" {
		t.Errorf("extended, the participants are %+v", th.Participants[0])
	}
}

func TestWhoUnfollowedIsBroughtBackByAMentionAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	b.answer(b.member, b.public.ID, root, "yes")
	of := b.threadsPath() + "/" + root.String()
	b.must(b.admin, http.MethodDelete, of+"/following", nil)
	b.answer(b.member, b.public.ID, root, "when?")
	if got := b.call(b.admin, http.MethodGet, of, nil).status; got != http.StatusNotFound {
		t.Errorf("a thread that is not followed any more answers %d", got)
	}
	b.answer(b.member, b.public.ID, root, "@ada, when?")
	if th := b.thread(b.admin, root); th.UnreadMentions != 1 {
		t.Errorf("after a mention there is %+v", th)
	}
	b.must(b.admin, http.MethodDelete, of+"/following", nil)
	b.answer(b.admin, b.public.ID, root, "now")
	if th := b.thread(b.admin, root); th.UnreadReplies != 0 || th.UnreadMentions != 0 {
		t.Errorf("who replied has unread %+v", th)
	}
	b.must(b.member, http.MethodDelete, of+"/following", nil)
	b.must(b.member, http.MethodPut, of+"/following", nil)
	if th := b.thread(b.member, root); th.UnreadReplies != 0 {
		t.Errorf("who begins to follow has unread %+v", th)
	}
}

func TestAThreadWithoutRepliesIsFollowedAndShownWithItsFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	b.must(b.member, http.MethodPut, b.threadsPath()+"/"+root.String()+"/following", nil)
	if list := b.threads(b.member, ""); list.Total != 0 {
		t.Errorf("there are %+v", list)
	}
	b.answer(b.admin, b.public.ID, root, "I think so")
	if list := b.threads(b.member, ""); list.Total != 1 || list.TotalUnreadThreads != 1 {
		t.Errorf("there are %+v", list)
	}
}

func TestAThreadIsReadAndUnread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	var replies []wire.Post
	for i := range 4 {
		replies = append(replies, b.answer(b.member, b.public.ID, root, []string{"yes", "@ada?"}[i%2]))
	}
	of := b.threadsPath() + "/" + root.String()
	for _, c := range []struct {
		method, path      string
		replies, mentions int64
	}{
		{http.MethodPut, fmt.Sprintf("/read/%d", replies[3].CreateAt), 0, 0},
		{http.MethodPost, "/set_unread/" + replies[1].ID.String(), 3, 2},
		{http.MethodPut, fmt.Sprintf("/read/%d", replies[1].CreateAt), 2, 1},
		{http.MethodPost, "/set_unread/" + root.String(), 4, 2},
		{http.MethodPut, "/read/0", 4, 2},
		{http.MethodPut, "/read/9000000000000000000", 0, 0},
	} {
		if th := must[wire.Thread](b, b.admin, c.method, of+c.path, nil); th.UnreadReplies != c.replies || th.UnreadMentions != c.mentions || th.Post == nil {
			t.Errorf("%s: %+v", c.path, th)
		}
		if th := b.thread(b.admin, root); th.UnreadReplies != c.replies || th.UnreadMentions != c.mentions {
			t.Errorf("after %s there is %+v", c.path, th)
		}
	}
	b.must(b.admin, http.MethodPost, of+"/set_unread/"+replies[0].ID.String(), nil)
	b.must(b.admin, http.MethodPut, b.threadsPath()+"/read", nil)
	if list := b.threads(b.admin, ""); list.Total != 1 || list.TotalUnreadThreads != 0 || list.TotalUnreadMentions != 0 || list.Threads[0].UnreadReplies != 0 {
		t.Errorf("all read, there is %+v", list)
	}
	other := b.say(b.admin, b.public.ID, "beside it").ID
	for path, want := range map[string]int{"/set_unread/" + other.String(): http.StatusBadRequest, "/set_unread/x": http.StatusBadRequest,
		"/set_unread/" + id.New().String(): http.StatusNotFound, "/read/soon": http.StatusNotFound} {
		method := http.MethodPost
		if path == "/read/soon" {
			method, want = http.MethodPut, http.StatusBadRequest
		}
		if got := b.call(b.admin, method, of+path, nil); got.status != want {
			t.Errorf("%s answers %d %s", path, got.status, got.body)
		}
	}
}

func TestThreadsAreListedInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var roots []id.ID // the newest first
	for i := range 5 {
		root := b.say(b.admin, b.public.ID, fmt.Sprint("root ", i)).ID
		b.answer(b.member, b.public.ID, root, "yes")
		roots = append([]id.ID{root}, roots...)
	}
	b.must(b.admin, http.MethodPut, b.threadsPath()+"/"+roots[2].String()+"/read/9000000000000", nil)
	since := b.thread(b.admin, roots[1]).LastReplyAt
	for query, want := range map[string][]id.ID{
		"":            roots,
		"?per_page=2": roots[:2],
		"?pageSize=2": roots[:2],
		"?pageSize=2&before=" + roots[1].String(): roots[2:4],
		"?pageSize=2&after=" + roots[3].String():  roots[1:3],
		"?unread=true":                            {roots[0], roots[1], roots[3], roots[4]},
		"?totalsOnly=true":                        {},
	} {
		if got := b.threads(b.admin, query); !slices.Equal(rootsOf(got), want) || got.Total != 5 || got.TotalUnreadThreads != 4 {
			t.Errorf("%s: %v of %d, want %v", query, rootsOf(got), got.Total, want)
		}
	}
	if got := b.threads(b.admin, "?threadsOnly=true"); len(got.Threads) != 5 || got.Total != 0 {
		t.Errorf("without totals there are %+v", got)
	}
	if got := rootsOf(b.threads(b.admin, fmt.Sprintf("?since=%d", since))); len(got) > 3 || !slices.Contains(got, roots[0]) || !slices.Contains(got, roots[2]) {
		t.Errorf("changed since a reply have %v", got) // the two newest, and that which was read
	}
	for _, query := range []string{"?before=x", "?since=x", "?per_page=x", "?pageSize=-1", "?before=" + roots[0].String() + "&after=" + roots[0].String(), "?totalsOnly=true&threadsOnly=true"} {
		if got := b.call(b.admin, http.MethodGet, b.threadsPath()+query, nil).status; got != http.StatusBadRequest {
			t.Errorf("%s answers %d", query, got)
		}
	}
}

func TestThreadsOfDirectMessagesBelongToEveryTeam(t *testing.T) {
	t.Parallel()
	b := setup(t)
	direct := must[wire.Channel](b, b.admin, http.MethodPost, "/channels/direct", []id.ID{b.admin.id, b.member.id})
	root := b.say(b.admin, direct.ID, "between us").ID
	b.answer(b.member, direct.ID, root, "yes")
	other := must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "painters", DisplayName: "Painters", Type: "I"})
	for _, team := range []wire.Team{b.team, other} {
		of := "/users/me/teams/" + team.ID.String() + "/threads"
		if list := must[wire.Threads](b, b.admin, http.MethodGet, of, nil); list.Total != 1 || list.TotalUnreadMentions != 1 || list.Threads[0].ID != root {
			t.Errorf("%s has %+v", team.Name, list)
		}
		if list := must[wire.Threads](b, b.admin, http.MethodGet, of+"?excludeDirect=true", nil); list.Total != 0 || len(list.Threads) != 0 {
			t.Errorf("without direct messages %s has %+v", team.Name, list)
		}
	}
	root = b.say(b.admin, b.public.ID, "to all").ID
	b.answer(b.member, b.public.ID, root, "yes, @ada")
	if got := b.call(b.admin, http.MethodGet, "/users/me/teams/"+other.ID.String()+"/threads/"+root.String(), nil).status; got != http.StatusNotFound {
		t.Errorf("a thread in another team answers %d", got)
	}
	for _, u := range must[[]wire.TeamUnread](b, b.admin, http.MethodGet, "/users/me/teams/unread?include_collapsed_threads=true", nil) {
		if u.TeamID == b.team.ID && (u.ThreadCount != 1 || u.ThreadMentionCount != 1) {
			t.Errorf("the team has %+v", u)
		}
	}
}

func TestThreadsEndWithTheirPostsAndMemberships(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	first := b.answer(b.member, b.public.ID, root, "yes")
	second := b.answer(b.member, b.public.ID, root, "@ada, yes")
	b.answer(b.admin, b.public.ID, root, "good")
	b.must(b.admin, http.MethodPost, b.threadsPath()+"/"+root.String()+"/set_unread/"+first.ID.String(), nil)
	b.must(b.member, http.MethodDelete, "/posts/"+second.ID.String(), nil)
	if th := b.thread(b.admin, root); th.UnreadReplies != 2 || th.UnreadMentions != 0 || th.ReplyCount != 2 {
		t.Errorf("after a reply was deleted there is %+v", th)
	}
	if got := must[wire.PostList](b, b.member, http.MethodGet, "/posts/"+root.String()+"/thread?collapsedThreads=true", nil).Posts[root]; got.IsFollowing == nil || !*got.IsFollowing ||
		len(got.Participants) != 2 || got.Participants[0].ID != b.member.id || got.Participants[1].ID != b.admin.id || got.ReplyCount != 2 || got.LastReplyAt == 0 {
		t.Errorf("the root is %+v", got)
	}
	b.must(b.member, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	if list := b.threads(b.member, ""); list.Total != 0 || len(list.Threads) != 0 {
		t.Errorf("who has left the channel follows %+v", list)
	}
	b.answer(b.admin, b.public.ID, root, "@ben?")
	if list := b.threads(b.member, ""); list.Total != 0 {
		t.Errorf("who has left the channel and is named follows %+v", list)
	}
	b.must(b.admin, http.MethodDelete, "/posts/"+root.String(), nil)
	if list := b.threads(b.admin, ""); list.Total != 0 || len(list.Threads) != 0 {
		t.Errorf("after the root was deleted there is %+v", list)
	}
	if list := b.threads(b.admin, "?deleted=true"); len(list.Threads) != 1 || list.Threads[0].DeleteAt == 0 {
		t.Errorf("among the deleted there is %+v", list)
	}
}

func TestAReplyLeavesUnreadWhatWasPostedBesideTheThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	unread := func() wire.ChannelUnread {
		return must[wire.ChannelUnread](b, b.member, http.MethodGet, "/users/me"+b.in(b.public)+"/unread", nil)
	}
	b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID, "collapsed_threads_supported": true})
	b.answer(b.member, b.public.ID, root, "yes")
	if got := unread(); got.MsgCount != 0 || got.MsgCountRoot != 0 {
		t.Errorf("who had read all and replied has unread %+v", got)
	}
	b.say(b.admin, b.public.ID, "beside it")
	b.answer(b.member, b.public.ID, root, "when?")
	if got := unread(); got.MsgCountRoot != 1 {
		t.Errorf("who replied with a post unread has %+v", got)
	}
}

func TestAClientThatShowsRepliesInTheChannelReadsThreadsThere(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.admin, b.public.ID, "shall we?").ID
	b.answer(b.member, b.public.ID, root, "yes")
	for _, supported := range []bool{true, false} {
		b.must(b.admin, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID, "collapsed_threads_supported": supported})
		if th := b.thread(b.admin, root); (th.UnreadReplies > 0) != supported {
			t.Errorf("viewed by a client that collapses threads (%t), there is %+v", supported, th)
		}
	}
}
