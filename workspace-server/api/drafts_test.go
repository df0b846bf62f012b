package api_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) drafts(as person) []wire.Draft {
	b.t.Helper()
	return must[[]wire.Draft](b, as, http.MethodGet, "/users/me/teams/"+b.team.ID.String()+"/drafts", nil)
}

func (b *bundle) begin(as person, channel, root id.ID, message string) *wire.Draft {
	b.t.Helper()
	got := b.call(as, http.MethodPost, "/drafts", map[string]any{"channel_id": channel, "root_id": root, "message": message})
	var draft *wire.Draft
	if err := json.Unmarshal(got.body, &draft); got.status != http.StatusCreated || err != nil {
		b.t.Fatalf("POST /drafts: %d %s", got.status, got.body)
	}
	return draft
}

func TestADraftIsKeptUntilItIsPosted(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.member, b.public.ID, "a thread").ID
	first := b.begin(b.member, b.public.ID, id.ID{}, "hel")
	b.begin(b.member, b.public.ID, root, "a reply")
	second := b.begin(b.member, b.public.ID, id.ID{}, "hello")
	if second.CreateAt != first.CreateAt || second.UpdateAt <= first.UpdateAt {
		t.Errorf("changed from %+v to %+v", first, second)
	}
	list := b.drafts(b.member)
	if len(list) != 2 || list[0].Message != "hello" || list[1].RootID != root || list[1].UserID != b.member.id {
		t.Fatalf("the drafts are %+v", list)
	}
	b.must(b.member, http.MethodPost, "/posts", map[string]any{"channel_id": b.public.ID, "root_id": root, "message": "a reply"})
	if list = b.drafts(b.member); len(list) != 1 || list[0].Message != "hello" {
		t.Errorf("after the reply there are %+v", list)
	}
	b.say(b.admin, b.public.ID, "somebody else's post")
	if list = b.drafts(b.member); len(list) != 1 {
		t.Errorf("after somebody else's post there are %+v", list)
	}
	if emptied := b.begin(b.member, b.public.ID, id.ID{}, ""); emptied != nil || len(b.drafts(b.member)) != 0 {
		t.Errorf("a draft without text is %+v", emptied)
	}
}

func TestADraftIsDeletedByItsChannelAndThread(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.member, b.public.ID, "a thread").ID
	b.begin(b.member, b.public.ID, id.ID{}, "hello")
	b.begin(b.member, b.public.ID, root, "a reply")
	of := "/users/me" + b.in(b.public) + "/drafts"
	b.must(b.member, http.MethodDelete, of+"/"+root.String(), nil)
	if list := b.drafts(b.member); len(list) != 1 || !list[0].RootID.IsZero() {
		t.Fatalf("there are %+v", list)
	}
	b.must(b.member, http.MethodDelete, of, nil)
	b.must(b.member, http.MethodDelete, of, nil) // once more
	if list := b.drafts(b.member); len(list) != 0 {
		t.Errorf("there are %+v", list)
	}
}

func TestADraftIsNobodyElses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.begin(b.member, b.public.ID, id.ID{}, "not said yet")
	if list := b.drafts(b.admin); len(list) != 0 {
		t.Errorf("the admin has %+v", list)
	}
	of := "/users/" + b.member.id.String()
	for method, path := range map[string]string{http.MethodGet: of + "/teams/" + b.team.ID.String() + "/drafts", http.MethodDelete: of + b.in(b.public) + "/drafts"} {
		if got := b.call(b.admin, method, path, nil).status; got != http.StatusForbidden {
			t.Errorf("%s %s answers an admin with %d", method, path, got)
		}
	}
	got := b.call(b.admin, http.MethodPost, "/drafts", map[string]any{"channel_id": b.public.ID, "user_id": b.member.id, "message": "in your name"})
	if got.status != http.StatusCreated || len(b.drafts(b.member)) != 1 || b.drafts(b.member)[0].Message != "not said yet" {
		t.Errorf("a draft in another's name: %d %s", got.status, got.body)
	}
}

func TestDraftsThatCouldNotBePostedAreNotShown(t *testing.T) {
	t.Parallel()
	b := setup(t)
	root := b.say(b.member, b.public.ID, "a thread").ID
	b.begin(b.member, b.public.ID, root, "a reply")
	b.begin(b.member, b.public.ID, id.ID{}, "hello")
	b.must(b.member, http.MethodDelete, "/posts/"+root.String(), nil)
	if list := b.drafts(b.member); len(list) != 1 || list[0].Message != "hello" {
		t.Errorf("after the thread's end there are %+v", list)
	}
	b.must(b.admin, http.MethodDelete, b.in(b.public), nil)
	if list := b.drafts(b.member); len(list) != 0 {
		t.Errorf("of an archived channel there are %+v", list)
	}
	b.must(b.admin, http.MethodPost, b.in(b.public)+"/restore", nil)
	if list := b.drafts(b.member); len(list) != 1 {
		t.Errorf("of a restored channel there are %+v", list)
	}
	b.must(b.member, http.MethodDelete, b.in(b.public)+"/members/"+b.member.id.String(), nil)
	if list := b.drafts(b.member); len(list) != 0 {
		t.Errorf("of a channel that was left there are %+v", list)
	}
}

func TestADraftThatCanBeNoPostIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	elsewhere := b.say(b.admin, b.private.ID, "elsewhere").ID
	for name, body := range map[string]map[string]any{
		"too long":                     {"channel_id": b.public.ID, "message": strings.Repeat("x", 16_384)},
		"props that are no object":     {"channel_id": b.public.ID, "message": "x", "props": []int{1}},
		"a priority that is no object": {"channel_id": b.public.ID, "message": "x", "priority": "urgent"},
		"too many files":               {"channel_id": b.public.ID, "message": "x", "file_ids": make([]id.ID, 11)},
		"a thread of another channel":  {"channel_id": b.public.ID, "message": "x", "root_id": elsewhere},
		"a thread that isn't there":    {"channel_id": b.public.ID, "message": "x", "root_id": id.New()},
		"without a channel":            {"message": "x"},
	} {
		if got := b.call(b.member, http.MethodPost, "/drafts", body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	body := map[string]any{"channel_id": b.private.ID, "message": "x"}
	if got := b.call(b.member, http.MethodPost, "/drafts", body); got.status != http.StatusForbidden {
		t.Errorf("in a channel that one isn't in: %d %s", got.status, got.body)
	}
}

func TestADraftHasTheFilesThatItsWriterUploaded(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file, posted := s.upload("plan.txt"), s.upload("posted.txt")
	if got := s.post(posted); got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	}
	body := map[string]any{"channel_id": s.public.ID, "file_ids": []id.ID{file, posted, id.New()}, "priority": map[string]string{"priority": "urgent"}}
	s.must(s.member, http.MethodPost, "/drafts", body)
	list := s.drafts(s.member)
	if len(list) != 1 || len(list[0].FileIDs) != 1 || list[0].FileIDs[0] != file || list[0].Metadata.Files[0].Name != "plan.txt" {
		t.Fatalf("the drafts are %+v", list)
	}
	if string(list[0].Priority) != `{"priority":"urgent"}` && string(list[0].Priority) != `{"priority": "urgent"}` {
		t.Errorf("the priority is %s", list[0].Priority)
	}
	s.must(s.admin, http.MethodPost, "/drafts", body) // somebody else's files
	if list := s.drafts(s.admin); len(list) != 1 || len(list[0].FileIDs) != 0 {
		t.Errorf("another's draft is %+v", list)
	}
}
