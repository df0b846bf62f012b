package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
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

// stall begins to send an image, and goes on no more until the test ends.
func (b *bundle) stall(path string) {
	b.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n"+
		"--b\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n\x89PNG", api.Prefix+path, b.member.token)
	if err != nil {
		b.t.Fatal(err)
	}
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
	for range 4 { // more than are drawn at a time, each of which stops in the middle
		s.stall("/users/me/image")
	}
	if got := s.form(s.member, "/users/me/image", drawing(t, 9, 9, red), nil).status; got != http.StatusOK {
		t.Errorf("while others are slow it answers %d", got)
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
	for name, content := range map[string][]byte{"note.txt": []byte("hello"), "broken.png": []byte("hello"), "long.png": drawing(t, 20_000, 1, red)} {
		f := upload(name, content)
		if got := s.call(s.member, http.MethodGet, "/files/"+f.ID.String()+"/thumbnail", nil); got.status != http.StatusBadRequest || f.HasPreviewImage {
			t.Errorf("%s answers %d %s", name, got.status, got.body)
		}
	}
}
