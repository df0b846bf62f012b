package protocol

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// fetch downloads a file with extra headers.
func (c *client) fetch(path string, header map[string]string) (*http.Response, []byte) {
	c.t.Helper()
	request, _ := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.APIURL+path, nil)
	request.Header.Set("Authorization", "Bearer "+c.AuthToken)
	for k, v := range header {
		request.Header.Set(k, v)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ := io.ReadAll(answer.Body)
	return answer, body
}

func TestFilesComeBackWholeAndInParts(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	content := []byte("0123456789")
	simple := ok[*model.FileUploadResponse](t)(ada.UploadFileAsRequestBody(ctx, content, channel, "digits.txt")).FileInfos[0]
	_, answer, err := ben.GetFile(ctx, simple.Id)
	refused(t, http.StatusForbidden, answer, err) // nobody but the uploader, until it is posted
	ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "see", FileIds: model.StringArray{simple.Id}}))
	if got := ok[[]byte](t)(ben.GetFile(ctx, simple.Id)); !bytes.Equal(got, content) {
		t.Fatalf("got %q", got)
	}
	part, body := ben.fetch("/files/"+simple.Id, map[string]string{"Range": "bytes=3-5"})
	if part.StatusCode != http.StatusPartialContent || string(body) != "345" || part.Header.Get("Content-Range") != "bytes 3-5/10" {
		t.Errorf("a range answers %d %q %s", part.StatusCode, body, part.Header.Get("Content-Range"))
	}
	if past, _ := ben.fetch("/files/"+simple.Id, map[string]string{"Range": "bytes=99-"}); past.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("a range past the end answers %d", past.StatusCode)
	}
	info := ok[*model.FileInfo](t)(ben.GetFileInfo(ctx, simple.Id))
	if info.Name != "digits.txt" || info.MimeType != "text/plain" || info.Size != 10 || info.ChannelId != channel {
		t.Errorf("info %+v", info)
	}
	_, answer, err = ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "again", FileIds: model.StringArray{simple.Id}})
	refused(t, http.StatusBadRequest, answer, err) // a file is posted once
}

// What could run in the workspace's origin is only ever downloaded.
func TestUploadedPagesDontRun(t *testing.T) {
	t.Parallel()
	_, _, ben, channel := talk(t)
	for name, content := range map[string]string{
		"page.html": "<script>alert(1)</script>", "image.svg": `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"noname": "<html><script>alert(1)</script>", "script.js": "alert(1)", "feed.xml": `<?xml version="1.0"?><x/>`,
	} {
		info := ok[*model.FileUploadResponse](t)(ben.UploadFile(t.Context(), []byte(content), channel, name)).FileInfos[0]
		answer, _ := ben.fetch("/files/"+info.Id, nil)
		h := answer.Header
		if h.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment") ||
			h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s comes as %v", name, h)
		}
	}
}

func TestBadUploadsAreRefused(t *testing.T) {
	t.Parallel()
	w := start(t, "MM_FILESETTINGS_MAXFILESIZE=1000")
	ada := w.openByLink(w.firstAdmin())
	ctx := t.Context()
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamOpen}))
	channel := ok[*model.Channel](t)(ada.GetChannelByName(ctx, "town-square", team.Id, "")).Id
	_, answer, err := ada.UploadFile(ctx, make([]byte, 1001), channel, "large.bin")
	refused(t, http.StatusRequestEntityTooLarge, answer, err)
	_, answer, err = ada.UploadFileAsRequestBody(ctx, make([]byte, 1_000_000), channel, "larger.bin")
	refused(t, http.StatusRequestEntityTooLarge, answer, err)
	_, answer, err = ada.UploadFile(ctx, []byte("x"), model.NewId(), "lost.txt")
	refused(t, http.StatusNotFound, answer, err)
	_, answer, err = ada.UploadFile(ctx, []byte("x"), channel, "..")
	refused(t, http.StatusBadRequest, answer, err)
	_, answer, err = ada.DoUploadFile(ctx, "/files", []byte("--x\r\nnot a form"), "multipart/form-data; boundary=x")
	refused(t, http.StatusBadRequest, answer, err)
	_, answer, err = ada.DoUploadFile(ctx, "/files", nil, "multipart/form-data")
	refused(t, http.StatusBadRequest, answer, err)
	name := ok[*model.FileUploadResponse](t)(ada.UploadFile(ctx, []byte("x"), channel, `..\..\e`+"\u202e"+"vil.txt")).FileInfos[0].Name
	if name != "evil.txt" {
		t.Errorf("the name is %q", name)
	}
}

func TestAFileIsShownToWhoHasItsLink(t *testing.T) {
	t.Parallel()
	w := start(t, "MM_FILESETTINGS_ENABLEPUBLICLINK=true")
	ada := w.openByLink(w.firstAdmin())
	ctx := t.Context()
	team := ok[*model.Team](t)(ada.CreateTeam(ctx, &model.Team{Name: "builders", DisplayName: "Builders", Type: model.TeamOpen}))
	channel := ok[*model.Channel](t)(ada.GetChannelByName(ctx, "town-square", team.Id, "")).Id
	file := ok[*model.FileUploadResponse](t)(ada.UploadFile(ctx, []byte("content"), channel, "note.txt")).FileInfos[0].Id
	_, answer, err := ada.GetFileLink(ctx, file)
	refused(t, http.StatusBadRequest, answer, err) // it is not posted
	ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "see", FileIds: model.StringArray{file}}))
	link := ok[string](t)(ada.GetFileLink(ctx, file))
	if !strings.HasPrefix(link, w.url+"/files/"+file+"/public?h=") {
		t.Fatalf("the link is %s", link)
	}
	for to, want := range map[string]int{link: http.StatusOK, link + "x": http.StatusBadRequest} {
		request, _ := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
		got, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(got.Body)
		got.Body.Close()
		if got.StatusCode != want || want == http.StatusOK && string(body) != "content" {
			t.Errorf("%s opens %d %s", to, got.StatusCode, body)
		}
	}
}

func TestTheConnectionToTheBucketIsTested(t *testing.T) {
	t.Parallel()
	w := start(t)
	ada := w.openByLink(w.firstAdmin())
	if answer, err := ada.TestS3Connection(t.Context(), &model.Config{}); err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("it answers %+v (%v)", answer, err)
	}
	elsewhere := "169.254.169.254"
	answer, err := ada.TestS3Connection(t.Context(), &model.Config{FileSettings: model.FileSettings{AmazonS3Endpoint: &elsewhere}})
	refused(t, http.StatusForbidden, answer, err)
}
