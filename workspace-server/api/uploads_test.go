package api_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/server"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

func (s *shelf) begin(name string, size int) wire.UploadSession {
	s.t.Helper()
	return must[wire.UploadSession](s.bundle, s.member, http.MethodPost, "/uploads", map[string]any{"channel_id": s.public.ID, "filename": name, "file_size": size, "type": "attachment"})
}

func at(u wire.UploadSession) string { return "/uploads/" + u.ID.String() }

func (s *shelf) offset(u wire.UploadSession) int64 {
	s.t.Helper()
	return must[wire.UploadSession](s.bundle, s.member, http.MethodGet, at(u), nil).FileOffset
}

// eventually waits for what another does.
func (b *bundle) eventually(what string, is func() bool) {
	b.t.Helper()
	late := time.After(10 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-late:
			b.t.Fatalf("never: %s", what)
		case <-tick.C:
		}
	}
}

// twin is another instance of the workspace, on the same database and bucket.
func (s *shelf) twin() *shelf {
	s.t.Helper()
	db, err := store.Open(s.dsn, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(db.Close)
	other, b := *s, *s.bundle
	b.api = server.Assemble(s.base, s.who, db, slog.New(slog.DiscardHandler))
	b.api.Files = s.vault(db)
	web := httptest.NewServer(b.api.Handler())
	s.t.Cleanup(web.Close)
	b.url, other.bundle = web.URL, &b
	return &other
}

// cutOff sends the beginning of a longer body, and hangs up.
func (s *shelf) cutOff(u wire.UploadSession, length int, beginning []byte) {
	s.t.Helper()
	to, _ := url.Parse(s.url)
	conn, err := new(net.Dialer).DialContext(s.t.Context(), "tcp", to.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s", api.Prefix, at(u), s.member.token, length, beginning)
}

func TestAnUploadGoesOnWhereItWasCutOff(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 300, 200))); err != nil {
		t.Fatal(err)
	}
	content := append(drawn.Bytes(), bytes.Repeat([]byte("longhouse"), 2000)...)
	u := s.begin(`..\a photo`+"\u202e"+`.png`, len(content))
	if u.Type != "attachment" || u.UserID != s.member.id || u.Filename != "a photo.png" || u.FileOffset != 0 || u.CreateAt == 0 {
		t.Fatalf("begun %+v", u)
	}
	if got := s.call(s.member, http.MethodPost, at(u), content[:5000]); got.status != http.StatusNoContent || len(got.body) != 0 {
		t.Fatalf("a part answers %d %s", got.status, got.body)
	}
	s.cutOff(u, len(content)-5000, content[5000:9000])
	s.eventually("the part that was cut off is kept", func() bool { return s.offset(u) == 9000 })
	if list := must[[]wire.UploadSession](s.bundle, s.member, http.MethodGet, "/users/me/uploads", nil); len(list) != 1 || list[0].ID != u.ID || list[0].FileOffset != 9000 {
		t.Errorf("under way are %+v", list)
	}
	other := s.twin() // as after a restart
	info := must[wire.FileInfo](other.bundle, s.member, http.MethodPost, at(u), content[9000:])
	if info.Name != "a photo.png" || info.MimeType != "image/png" || info.Width != 300 || !info.HasPreviewImage || info.Size != int64(len(content)) {
		t.Errorf("it became %+v", info)
	}
	s.post(info.ID)
	if got := s.must(s.admin, http.MethodGet, "/files/"+info.ID.String(), nil); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back of %d", len(got), len(content))
	}
	if n := s.objects(); n != 1 {
		t.Errorf("%d objects are left", n)
	}
	if again := must[wire.FileInfo](s.bundle, s.member, http.MethodPost, at(u), []byte{}); again.ID != info.ID || s.offset(u) != u.FileSize {
		t.Errorf("finished again it is %+v", again)
	}
	if list := must[[]wire.UploadSession](s.bundle, s.member, http.MethodGet, "/users/me/uploads", nil); len(list) != 0 {
		t.Errorf("under way are %+v", list)
	}
}

// A large upload is kept piece by piece.
func TestAnUploadOfManyPieces(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	s.api.Config.Settings().MaxFileSize = 30 << 20
	content := bytes.Repeat([]byte("0123456789abcde\n"), 20<<16)
	u := s.begin("large.bin", len(content))
	s.cutOff(u, len(content), content[:9<<20])
	s.eventually("what came is kept", func() bool { return s.offset(u) == 9<<20 })
	s.must(s.member, http.MethodPost, at(u), content[9<<20:])
	list := must[[]wire.UploadSession](s.bundle, s.member, http.MethodGet, "/users/me/uploads", nil)
	if n := s.objects(); n != 1 || len(list) != 0 {
		t.Errorf("%d objects, %+v", n, list)
	}
}

func TestAnUploadComesAsAFormToo(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	u := s.begin("note.txt", 7)
	for i, part := range []string{"con", "tent"} {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		file, _ := form.CreateFormFile("data", "blob")
		_, _ = io.WriteString(file, part)
		_ = form.Close()
		request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+api.Prefix+at(u), &body)
		request.Header.Set("Authorization", "Bearer "+s.member.token)
		request.Header.Set("Content-Type", form.FormDataContentType())
		if got := s.send(request); got.status != []int{http.StatusNoContent, http.StatusCreated}[i] {
			t.Errorf("part %d: %d %s", i, got.status, got.body)
		}
	}
}

func TestTwoCanNotSendTheSameUpload(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	u := s.begin("note.txt", 10)
	other := s.twin()
	body, first := io.Pipe()
	answered := make(chan answer, 1)
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+api.Prefix+at(u), body)
	request.Header.Set("Authorization", "Bearer "+s.member.token)
	go func() { answered <- s.send(request) }()
	_, _ = io.WriteString(first, "01234")
	s.eventually("somebody sends", func() bool { return s.held(u) })
	for _, instance := range []*shelf{s, other} {
		if got := instance.call(s.member, http.MethodPost, at(u), []byte("56789")); got.status != http.StatusBadRequest || got.error().ID != "app.upload.upload_data.concurrent.app_error" {
			t.Errorf("a second answers %d %s", got.status, got.body)
		}
	}
	other.later(30 * time.Second) // the first has stalled
	if got := other.call(s.member, http.MethodPost, at(u), []byte("abcdefgh")); got.status != http.StatusNoContent {
		t.Fatalf("after a while it answers %d %s", got.status, got.body)
	}
	_, _ = io.WriteString(first, "56789")
	_ = first.Close()
	if got := <-answered; got.error().ID != "app.upload.upload_data.concurrent.app_error" || s.offset(u) != 8 {
		t.Errorf("the first, who was overtaken, answers %d %s, and the offset is %d", got.status, got.body, s.offset(u))
	}
	info := must[wire.FileInfo](s.bundle, s.member, http.MethodPost, at(u), []byte("ij"))
	if got := string(s.must(s.member, http.MethodGet, "/files/"+info.ID.String(), nil)); got != "abcdefghij" {
		t.Errorf("kept is %q", got)
	}
}

// Who was cut off is told how far it is when that is certain, and what is sent from another place is not taken.
func TestNobodyGoesOnFromWhereAnUploadNoLongerIs(t *testing.T) {
	t.Parallel()
	s := setupWithFiles(t)
	u := s.begin("note.txt", 7)
	before, err := s.api.Files.Upload(t.Context(), u.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.must(s.member, http.MethodPost, at(u), []byte("con"))
	if _, err := s.api.Files.Resume(t.Context(), before, strings.NewReader("content")); !fault.Is(err, "app.upload.upload_data.concurrent.app_error") {
		t.Errorf("from the offset before it goes on: %v", err)
	}
	db := s.db()
	if _, err := db.Exec(t.Context(), "update uploads set writer = id, held_until = $1", time.Now().Add(time.Hour).UnixMilli()); err != nil {
		t.Fatal(err)
	}
	told := make(chan int64, 1)
	go func() { told <- s.offset(u) }()
	select {
	case offset := <-told:
		t.Errorf("while somebody sends it is said to be at %d", offset)
	case <-time.After(300 * time.Millisecond):
	}
	if _, err := db.Exec(t.Context(), "update uploads set writer = null, file_offset = 5"); err != nil {
		t.Fatal(err)
	}
	if offset := <-told; offset != 5 {
		t.Errorf("then it is said to be at %d", offset)
	}
}

func (s *shelf) held(u wire.UploadSession) (yes bool) {
	s.t.Helper()
	if err := s.db().QueryRow(s.t.Context(), "select writer is not null from uploads where id = $1", u.ID).Scan(&yes); err != nil {
		s.t.Fatal(err)
	}
	return yes
}
