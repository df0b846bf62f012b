package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (b *bundle) bookmark(as person, in wire.Channel, name string) wire.ChannelBookmarkWithFile {
	b.t.Helper()
	return must[wire.ChannelBookmarkWithFile](b, as, http.MethodPost, b.in(in)+"/bookmarks", map[string]string{"display_name": name, "type": "link", "link_url": "https://example.com/" + name, "emoji": ":link:"})
}

// bookmarks are the names of a channel's, in their order.
func (b *bundle) bookmarks(as person, in wire.Channel) (names []string) {
	b.t.Helper()
	for i, m := range must[[]wire.ChannelBookmarkWithFile](b, as, http.MethodGet, b.in(in)+"/bookmarks", nil) {
		if names = append(names, m.DisplayName); m.SortOrder != int64(i) {
			b.t.Errorf("%s has place %d, and stands at %d", m.DisplayName, m.SortOrder, i)
		}
	}
	return names
}

func TestBookmarksStandAtTheTopOfAChannel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var made []wire.ChannelBookmarkWithFile
	for _, name := range []string{"plan", "list", "map"} {
		made = append(made, b.bookmark(b.member, b.public, name))
	}
	if first := made[0]; first.OwnerID != b.member.id || first.ChannelID != b.public.ID || first.LinkURL != "https://example.com/plan" || first.Emoji != "link" || first.CreateAt == 0 {
		t.Fatalf("made %+v", first.ChannelBookmark)
	}
	of := func(i int) string { return b.in(b.public) + "/bookmarks/" + made[i].ID.String() }
	if got := must[[]wire.ChannelBookmarkWithFile](b, b.admin, http.MethodPost, of(2)+"/sort_order", []byte("0")); len(got) != 3 || got[0].ID != made[2].ID {
		t.Errorf("sorted: %+v", got)
	}
	if got := b.bookmarks(b.admin, b.public); !slices.Equal(got, []string{"map", "plan", "list"}) {
		t.Errorf("in order: %v", got)
	}
	got := must[wire.ChannelBookmarkUpdate](b, b.admin, http.MethodPatch, of(0), map[string]string{"display_name": "the plan"})
	if got.Updated.DisplayName != "the plan" || got.Updated.LinkURL != made[0].LinkURL || got.Updated.OwnerID != b.member.id || got.Deleted != nil {
		t.Errorf("changed: %+v", got.Updated.ChannelBookmark)
	}
	since := got.Updated.UpdateAt
	if gone := must[wire.ChannelBookmarkWithFile](b, b.admin, http.MethodDelete, of(2), nil); gone.DeleteAt == 0 {
		t.Errorf("deleted: %+v", gone.ChannelBookmark)
	}
	if got := b.bookmarks(b.member, b.public); !slices.Equal(got, []string{"the plan", "list"}) {
		t.Errorf("left are %v", got)
	}
	changed := must[[]wire.ChannelBookmarkWithFile](b, b.member, http.MethodGet, fmt.Sprintf("%s/bookmarks?bookmarks_since=%d", b.in(b.public), since), nil)
	if !slices.ContainsFunc(changed, func(m wire.ChannelBookmarkWithFile) bool { return m.ID == made[2].ID && m.DeleteAt > 0 }) {
		t.Errorf("changed since are %+v", changed)
	}
	if got := b.call(b.admin, http.MethodDelete, of(2), nil).status; got != http.StatusNotFound {
		t.Errorf("deleted once more it answers %d", got)
	}
}

func TestAFileAtTheTopIsReadByWhoReadsTheChannel(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	file := s.upload("plan.txt")
	got := must[wire.ChannelBookmarkWithFile](s.bundle, s.member, http.MethodPost, s.in(s.public)+"/bookmarks", map[string]any{"display_name": "plan", "type": "file", "file_id": file})
	if got.File == nil || got.File.ID != file || got.File.Name != "plan.txt" {
		t.Fatalf("made %+v", got)
	}
	s.must(s.admin, http.MethodGet, "/files/"+file.String(), nil)
	s.join(s.outside)
	s.must(s.outside, http.MethodGet, "/files/"+file.String()+"/info", nil)
	s.must(s.outside, http.MethodDelete, "/teams/"+s.team.ID.String()+"/members/"+s.outside.id.String(), nil)
	if got := s.call(s.outside, http.MethodGet, "/files/"+file.String(), nil).status; got != http.StatusForbidden {
		t.Errorf("an outsider reads it with %d", got)
	}
	s.api.Files.Now = func() time.Time { return time.Now().Add(48 * time.Hour) }
	if err := s.api.Files.Tidy(t.Context()); err != nil || s.objects() != 1 {
		t.Errorf("after two days there are %d objects (%v)", s.objects(), err)
	}
	of := s.in(s.public) + "/bookmarks/" + got.ID.String()
	if got := must[wire.ChannelBookmarkUpdate](s.bundle, s.admin, http.MethodPatch, of, map[string]string{"display_name": "the plan"}); got.Updated.File == nil || got.Updated.DisplayName != "the plan" {
		t.Errorf("changed: %+v", got.Updated)
	}
	if got := s.call(s.admin, http.MethodPatch, of, map[string]any{"file_id": s.upload("other.txt")}).status; got != http.StatusBadRequest {
		t.Errorf("another's file is put in its place with %d", got)
	}
	s.must(s.member, http.MethodDelete, of, nil)
	if got := s.call(s.admin, http.MethodGet, "/files/"+id.New().String(), nil).status; got != http.StatusNotFound {
		t.Errorf("no file answers %d", got)
	}
}

func TestWhatCanBeNoBookmarkIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, body := range map[string]map[string]any{"no name": {"type": "link", "link_url": "https://example.com"}, "no type": {"display_name": "x", "link_url": "https://example.com"},
		"no link": {"display_name": "x", "type": "link"}, "script": {"display_name": "x", "type": "link", "link_url": "javascript:alert(1)"}, "emoji": {"display_name": "x", "type": "link", "link_url": "https://example.com", "emoji": "a b"},
		"image": {"display_name": "x", "type": "link", "link_url": "https://example.com", "image_url": "x"}, "long": {"display_name": strings.Repeat("x", 65), "type": "link", "link_url": "https://example.com"},
		"no file": {"display_name": "x", "type": "file"}, "another file": {"display_name": "x", "type": "file", "file_id": id.New()}, "both": {"display_name": "x", "type": "link", "link_url": "https://example.com", "file_id": id.New()}} {
		if got := b.call(b.member, http.MethodPost, b.in(b.public)+"/bookmarks", body); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	m := b.bookmark(b.member, b.public, "plan")
	of := b.in(b.public) + "/bookmarks/" + m.ID.String()
	for _, place := range []string{"1", "-1", `"x"`} {
		if got := b.call(b.member, http.MethodPost, of+"/sort_order", []byte(place)).status; got != http.StatusBadRequest {
			t.Errorf("place %s answers %d", place, got)
		}
	}
	if got := b.call(b.admin, http.MethodPatch, b.in(b.private)+"/bookmarks/"+m.ID.String(), map[string]string{"display_name": "x"}).status; got != http.StatusNotFound {
		t.Errorf("in another channel it answers %d", got)
	}
	for range 49 {
		b.bookmark(b.member, b.public, "more")
	}
	if got := b.call(b.member, http.MethodPost, b.in(b.public)+"/bookmarks", map[string]string{"display_name": "x", "type": "link", "link_url": "https://example.com"}); got.error().ID != "app.channel.bookmark.save.limit.app_error" {
		t.Errorf("one too many answers %d %s", got.status, got.body)
	}
	b.must(b.admin, http.MethodDelete, b.in(b.public), nil)
	if got := b.call(b.admin, http.MethodDelete, of, nil); got.error().ID != "api.channel.bookmark.channel_bookmark.deleted_channel.app_error" {
		t.Errorf("in an archived channel it answers %d %s", got.status, got.body)
	}
}
