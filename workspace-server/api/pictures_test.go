package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// drawing is a PNG of one colour.
func drawing(t testing.TB, w, h int, c color.Color) []byte {
	t.Helper()
	in := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{c})
	var out bytes.Buffer
	if err := png.Encode(&out, in); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// form sends an image, with other fields before it.
func (b *bundle) form(as person, path string, picture []byte, fields map[string]string) answer {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range fields {
		if err := form.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	if picture != nil {
		part, err := form.CreateFormFile("image", "picture")
		if err == nil {
			_, err = part.Write(picture)
		}
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		b.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+api.Prefix+path, &body)
	if err != nil {
		b.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+as.token)
	request.Header.Set("Content-Type", form.FormDataContentType())
	return b.send(request)
}

// seen is the size and the colour of an image.
func (b *bundle) seen(as person, path string) (size image.Point, of color.NRGBA) {
	b.t.Helper()
	got := b.call(as, http.MethodGet, path, nil)
	if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), "image/") || got.header.Get("Cache-Control") == "" {
		b.t.Fatalf("GET %s: %d %v", path, got.status, got.header)
	}
	in, _, err := image.Decode(bytes.NewReader(got.body))
	if err != nil {
		b.t.Fatal(err)
	}
	return in.Bounds().Size(), color.NRGBAModel.Convert(in.At(in.Bounds().Dx()/2, in.Bounds().Dy()/2)).(color.NRGBA)
}

var red = color.NRGBA{R: 255, A: 255}

func TestAUserHasAPictureOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	of := "/users/" + s.member.id.String() + "/image"
	square := image.Pt(128, 128)
	_, before := s.seen(s.admin, of)
	if got := s.form(s.member, "/users/me/image", drawing(t, 300, 200, red), nil); got.status != http.StatusOK {
		t.Fatalf("set: %d %s", got.status, got.body)
	}
	if size, is := s.seen(s.admin, of); size != square || is != red {
		t.Errorf("the picture is %v of %v", is, size)
	}
	if size, is := s.seen(s.admin, of+"/default"); size != square || is != before {
		t.Errorf("the default is %v of %v", is, size)
	}
	if u := must[wire.User](s.bundle, s.admin, http.MethodGet, "/users/"+s.member.id.String(), nil); u.LastPictureUpdate == 0 {
		t.Errorf("with a picture the user is %+v", u)
	}
	s.must(s.member, http.MethodDelete, "/users/me/image", nil)
	if _, is := s.seen(s.admin, of); is != before || s.objects() != 0 {
		t.Errorf("without one the picture is %v, and there are %d objects", is, s.objects())
	}
	for name, c := range map[string]struct {
		as      person
		picture []byte
		want    int
	}{"another's": {s.outside, drawing(t, 9, 9, red), http.StatusForbidden}, "text": {s.member, []byte("hello"), http.StatusBadRequest},
		"none": {s.member, nil, http.StatusBadRequest}, "too large": {s.member, make([]byte, 10<<20+1), http.StatusRequestEntityTooLarge}} {
		if got := s.form(c.as, of, c.picture, nil); got.status != c.want {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := s.call(s.member, http.MethodPost, "/users/me/image", drawing(t, 9, 9, red)).status; got != http.StatusBadRequest {
		t.Errorf("an image that is no form answers %d", got)
	}
}

func TestATeamHasAnIcon(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	of := "/teams/" + s.team.ID.String() + "/image"
	if got := s.call(s.member, http.MethodGet, of, nil).status; got != http.StatusNotFound {
		t.Errorf("without an icon it answers %d", got)
	}
	if got := s.form(s.member, of, drawing(t, 200, 200, red), nil).status; got != http.StatusForbidden {
		t.Errorf("a member sets it with %d", got)
	}
	if got := s.form(s.admin, of, drawing(t, 200, 200, red), nil); got.status != http.StatusOK {
		t.Fatalf("set: %d %s", got.status, got.body)
	}
	if size, is := s.seen(s.member, of); size != image.Pt(128, 128) || is != red {
		t.Errorf("the icon is %v of %v", is, size)
	}
	if got := must[wire.Team](s.bundle, s.member, http.MethodGet, "/teams/"+s.team.ID.String(), nil); got.LastTeamIconUpdate == 0 {
		t.Errorf("with an icon the team is %+v", got)
	}
	s.must(s.admin, http.MethodDelete, of, nil)
	if got := s.call(s.member, http.MethodGet, of, nil).status; got != http.StatusNotFound || s.objects() != 0 {
		t.Errorf("removed, it answers %d, and there are %d objects", got, s.objects())
	}
}

func TestImagesAreShownSmaller(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	upload := func(name string, content []byte) wire.FileInfo {
		return *must[wire.FileUploadResponse](s.bundle, s.member, http.MethodPost, "/files?channel_id="+s.public.ID.String()+"&filename="+name, content).FileInfos[0]
	}
	photo := upload("photo.png", drawing(t, 4000, 1000, red))
	if !photo.HasPreviewImage || photo.Width != 4000 {
		t.Fatalf("uploaded %+v", photo)
	}
	of := "/files/" + photo.ID.String()
	for range 2 { // drawn, and kept
		for verb, want := range map[string]image.Point{"/thumbnail": image.Pt(120, 30), "/preview": image.Pt(1920, 480)} {
			got := s.call(s.member, http.MethodGet, of+verb, nil)
			cfg, err := jpeg.DecodeConfig(bytes.NewReader(got.body))
			if err != nil || image.Pt(cfg.Width, cfg.Height) != want || got.header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("%s is %dx%d (%v), %v", verb, cfg.Width, cfg.Height, err, got.header)
			}
		}
	}
	if n := s.objects(); n != 3 {
		t.Errorf("there are %d objects", n)
	}
	if got := s.call(s.outside, http.MethodGet, of+"/preview", nil).status; got != http.StatusForbidden {
		t.Errorf("an outsider gets %d", got)
	}
	for name, content := range map[string][]byte{"note.txt": []byte("hello"), "broken.png": []byte("hello")} {
		f := upload(name, content)
		if got := s.call(s.member, http.MethodGet, "/files/"+f.ID.String()+"/thumbnail", nil); got.status != http.StatusBadRequest || f.HasPreviewImage {
			t.Errorf("%s answers %d %s", name, got.status, got.body)
		}
	}
}

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
