package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"net/http"
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (s *shelf) newEmoji(as person, name string, picture []byte) answer {
	s.t.Helper()
	return s.form(as, "/emoji", picture, map[string]string{"emoji": `{"name":"` + name + `","creator_id":"` + as.id.String() + `"}`})
}

func (s *shelf) emoji(as person, name string) (e wire.Emoji) {
	s.t.Helper()
	if got := s.newEmoji(as, name, drawing(s.t, 300, 150, red)); got.status != http.StatusCreated {
		s.t.Fatalf("%s: %d %s", name, got.status, got.body)
	}
	return must[wire.Emoji](s.bundle, s.admin, http.MethodGet, "/emoji/name/"+name, nil)
}

func TestPeopleMakeEmoji(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	oak, ash := s.emoji(s.member, "oak"), s.emoji(s.admin, "ash_tree")
	s.emoji(s.admin, "LGTM")
	if oak.CreatorID != s.member.id || oak.Name != "oak" || oak.CreateAt == 0 {
		t.Fatalf("made %+v", oak)
	}
	if size, is := s.seen(s.admin, "/emoji/"+oak.ID.String()+"/image"); size != image.Pt(128, 64) || is != red {
		t.Errorf("it is %v of %v", is, size)
	}
	if got := must[wire.Emoji](s.bundle, s.admin, http.MethodGet, "/emoji/"+oak.ID.String(), nil); got != oak {
		t.Errorf("by id it is %+v", got)
	}
	names := func(list []wire.Emoji) (out []string) {
		for _, e := range list {
			out = append(out, e.Name)
		}
		return out
	}
	for _, c := range []struct {
		method, path string
		body         any
		want         []string
	}{
		{http.MethodGet, "/emoji", nil, []string{"LGTM", "ash_tree", "oak"}},
		{http.MethodGet, "/emoji?sort=name&per_page=1&page=2", nil, []string{"oak"}},
		{http.MethodGet, "/emoji/autocomplete?name=LG", nil, []string{"LGTM"}},
		{http.MethodPost, "/emoji/names", []string{"oak", "smile", "no name"}, []string{"oak"}},
		{http.MethodPost, "/emoji/search", map[string]any{"term": "tree"}, []string{"ash_tree"}},
		{http.MethodPost, "/emoji/search", map[string]any{"term": "tree", "prefix_only": true}, nil},
		{http.MethodGet, "/emoji/autocomplete?name=as", nil, []string{"ash_tree"}},
		{http.MethodGet, "/emoji/autocomplete?name=%25", nil, nil},
	} {
		if got := names(must[[]wire.Emoji](s.bundle, s.outside, c.method, c.path, c.body)); !slices.Equal(got, c.want) {
			t.Errorf("%s %v: %v, want %v", c.path, c.body, got, c.want)
		}
	}
	post := must[wire.Post](s.bundle, s.member, http.MethodPost, "/posts", map[string]any{"channel_id": s.public.ID, "message": ":oak: :oak: and :smile:"})
	if len(post.Metadata.Emojis) != 1 || post.Metadata.Emojis[0].ID != oak.ID {
		t.Errorf("a post with it has %+v", post.Metadata.Emojis)
	}
	s.must(s.member, http.MethodPost, "/reactions", map[string]any{"user_id": s.member.id, "post_id": post.ID, "emoji_name": "ash_tree"})
	if got := must[wire.Post](s.bundle, s.member, http.MethodGet, "/posts/"+post.ID.String(), nil).Metadata.Emojis; len(got) != 2 {
		t.Errorf("with a reaction by another it has %+v", got)
	}
	if got := s.call(s.member, http.MethodDelete, "/emoji/"+ash.ID.String(), nil).status; got != http.StatusForbidden {
		t.Errorf("another's is deleted with %d", got)
	}
	s.must(s.admin, http.MethodDelete, "/emoji/"+oak.ID.String(), nil)
	for _, path := range []string{"/emoji/" + oak.ID.String(), "/emoji/" + oak.ID.String() + "/image", "/emoji/name/oak"} {
		if got := s.call(s.admin, http.MethodGet, path, nil).status; got != http.StatusNotFound {
			t.Errorf("deleted, %s answers %d", path, got)
		}
	}
	if n := s.objects(); n != 2 {
		t.Errorf("there are %d objects", n)
	}
	s.emoji(s.admin, "oak")
}

func TestAnEmojiThatMovesStaysAsItIs(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	frame := image.NewPaletted(image.Rect(0, 0, 40, 40), color.Palette{red, color.White})
	var moving bytes.Buffer
	if err := gif.EncodeAll(&moving, &gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{10, 10}}); err != nil {
		t.Fatal(err)
	}
	if got := s.newEmoji(s.admin, "party", moving.Bytes()); got.status != http.StatusCreated {
		t.Fatalf("made: %d %s", got.status, got.body)
	}
	e := must[wire.Emoji](s.bundle, s.admin, http.MethodGet, "/emoji/name/party", nil)
	if got := s.call(s.admin, http.MethodGet, "/emoji/"+e.ID.String()+"/image", nil); !bytes.Equal(got.body, moving.Bytes()) || got.header.Get("Content-Type") != "image/gif" {
		t.Errorf("it is %d bytes of %s", len(got.body), got.header.Get("Content-Type"))
	}
}

func TestWhatCanBeNoEmojiIsRefused(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	s.emoji(s.admin, "oak")
	small := drawing(t, 9, 9, red)
	for name, got := range map[string]answer{
		"taken": s.newEmoji(s.admin, "oak", small), "no name": s.newEmoji(s.admin, "an oak", small), "no image": s.newEmoji(s.admin, "ash", []byte("hello")),
		"no form": s.call(s.admin, http.MethodPost, "/emoji", small), "no JSON": s.form(s.admin, "/emoji", small, map[string]string{"emoji": "ash"}),
	} {
		if got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := s.newEmoji(s.admin, "ash", make([]byte, 512<<10+1)).status; got != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got)
	}
	if got := s.form(s.admin, "/emoji", small, map[string]string{"emoji": `{"name":"ash","creator_id":"` + id.New().String() + `"}`}).status; got != http.StatusForbidden {
		t.Errorf("in another's name: %d", got)
	}
	if n := s.objects(); n != 1 {
		t.Errorf("there are %d objects", n)
	}
	for path, body := range map[string]any{"/emoji/search": map[string]string{}, "/emoji/names": make([]string, 201)} {
		if got := s.call(s.admin, http.MethodPost, path, body).status; got != http.StatusBadRequest {
			t.Errorf("%s answers %d", path, got)
		}
	}
	for _, path := range []string{"/emoji?sort=age", "/emoji/autocomplete"} {
		if got := s.call(s.admin, http.MethodGet, path, nil).status; got != http.StatusBadRequest {
			t.Errorf("%s answers %d", path, got)
		}
	}
}
