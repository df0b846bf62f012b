package protocol

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // how they are drawn smaller
	"image/png"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

func drawing(t *testing.T, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.Black})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// isSized fails the test unless an image has that size.
func isSized(t *testing.T, name string, content []byte, w, h int) {
	t.Helper()
	if cfg, _, err := image.DecodeConfig(bytes.NewReader(content)); err != nil || cfg.Width != w || cfg.Height != h {
		t.Errorf("the %s is %dx%d (%v), want %dx%d", name, cfg.Width, cfg.Height, err, w, h)
	}
}

// Pictures of people, teams and files, and emoji that somebody made, are seen by others at the size that clients show.
func TestPicturesAndEmojiAreSeenByOthers(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	if _, err := ada.SetProfileImage(ctx, ada.me.Id, drawing(t, 300, 200)); err != nil {
		t.Fatal(err)
	}
	if user, is := ben.expect(model.WebsocketEventUserUpdated).GetData()["user"].(*model.User); !is || user.Id != ada.me.Id || user.LastPictureUpdate == 0 {
		t.Errorf("told %+v", user)
	}
	isSized(t, "picture", ok[[]byte](t)(ben.GetProfileImage(ctx, ada.me.Id, "")), 128, 128)
	if _, err := ada.SetDefaultProfileImage(ctx, ada.me.Id); err != nil {
		t.Fatal(err)
	}
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	if _, err := ada.SetTeamIcon(ctx, team, drawing(t, 200, 200)); err != nil {
		t.Fatal(err)
	}
	ben.expect(model.WebsocketEventUpdateTeam)
	isSized(t, "icon", ok[[]byte](t)(ben.GetTeamIcon(ctx, team, "")), 128, 128)

	photo := ok[*model.FileUploadResponse](t)(ada.UploadFile(ctx, drawing(t, 4000, 1000), channel, "photo.png")).FileInfos[0]
	ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "see", FileIds: model.StringArray{photo.Id}}))
	if !photo.HasPreviewImage {
		t.Errorf("uploaded %+v", photo)
	}
	isSized(t, "thumbnail", ok[[]byte](t)(ben.GetFileThumbnail(ctx, photo.Id)), 120, 30)
	isSized(t, "preview", ok[[]byte](t)(ben.GetFilePreview(ctx, photo.Id)), 1920, 480)

	made := ok[*model.Emoji](t)(ben.CreateEmoji(ctx, &model.Emoji{Name: "oak", CreatorId: ben.me.Id}, drawing(t, 64, 64), "oak.png"))
	if got := inner[*model.Emoji](t, ada.expect(model.WebsocketEventEmojiAdded), "emoji"); got.Id != made.Id || got.Name != "oak" {
		t.Errorf("told %+v", got)
	}
	isSized(t, "emoji", ok[[]byte](t)(ada.GetEmojiImage(ctx, made.Id)), 64, 64)
	said := ada.say(channel, "an :oak:")
	if got := ben.posted(said.Id).Metadata.Emojis; len(got) != 1 || got[0].Id != made.Id {
		t.Errorf("the post's emoji are %+v", got)
	}
	if found := ok[[]*model.Emoji](t)(ada.AutocompleteEmoji(ctx, "oa", "")); len(found) != 1 {
		t.Errorf("found %+v", found)
	}
	if _, err := ben.DeleteEmoji(ctx, made.Id); err != nil {
		t.Fatal(err)
	}
	_, answer, err := ada.GetEmojiImage(ctx, made.Id)
	refused(t, 404, answer, err)
}
