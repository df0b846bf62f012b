package protocol

import (
	"bytes"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What was acknowledged of an upload is there after the server was killed.
func TestAnUploadOutlivesTheServer(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	content := bytes.Repeat([]byte("longhouse "), 1<<19)
	u := ok[*model.UploadSession](t)(ada.CreateUpload(ctx, &model.UploadSession{Type: model.UploadTypeAttachment, ChannelId: channel, Filename: "large.txt", FileSize: int64(len(content))}))
	info, answer, err := ada.UploadData(ctx, u.Id, bytes.NewReader(content[:3<<20]))
	if info != nil || err != nil || answer.StatusCode != http.StatusNoContent {
		t.Fatalf("a part answers %v, %v (%v)", info, answer, err)
	}
	if err := w.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-w.ended
	w.serve()
	list := ok[[]*model.UploadSession](t)(ada.GetUploadsForUser(ctx, ada.me.Id))
	if len(list) != 1 || list[0].Id != u.Id || list[0].FileOffset != 3<<20 {
		t.Fatalf("under way are %+v", list)
	}
	_, answer, err = ben.UploadData(ctx, u.Id, strings.NewReader("x"))
	refused(t, http.StatusForbidden, answer, err)
	info = ok[*model.FileInfo](t)(ada.UploadData(ctx, u.Id, bytes.NewReader(content[3<<20:])))
	if got := ok[*model.UploadSession](t)(ada.GetUpload(ctx, u.Id)); got.FileOffset != got.FileSize {
		t.Errorf("finished it is %+v", got)
	}
	ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "see", FileIds: model.StringArray{info.Id}}))
	if got := ok[[]byte](t)(ben.GetFile(ctx, info.Id)); !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back of %d", len(got), len(content))
	}
}
