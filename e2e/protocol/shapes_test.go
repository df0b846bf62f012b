package protocol

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/internal/clientwalk"
)

// inhabited is a workspace in which there is something of everything, and what it is called.
func inhabited(t *testing.T) (w *workspace, ada *client, names []string) {
	t.Helper()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	team := ok[*model.Channel](t)(ada.GetChannel(ctx, channel)).TeamId
	file := ok[*model.FileUploadResponse](t)(ada.UploadFile(ctx, []byte("timber"), channel, "timber.txt")).FileInfos[0]
	root := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "hello @ben #timber", FileIds: []string{file.Id}}))
	ok[*model.Post](t)(ben.CreatePost(ctx, &model.Post{ChannelId: channel, RootId: root.Id, Message: "@ada hi"}))
	ok[*model.Reaction](t)(ada.SaveReaction(ctx, &model.Reaction{UserId: ada.me.Id, PostId: root.Id, EmojiName: "wave"}))
	if _, err := ada.PinPost(ctx, root.Id); err != nil {
		t.Fatal(err)
	}
	ok[*model.Post](t)(ada.PatchPost(ctx, root.Id, &model.PostPatch{Message: model.NewPointer("hello @ben, #timber")}))
	direct := ok[*model.Channel](t)(ada.CreateDirectChannel(ctx, ada.me.Id, ben.me.Id))
	emoji := ok[*model.Emoji](t)(ada.CreateEmoji(ctx, &model.Emoji{CreatorId: ada.me.Id, Name: "timber"}, drawing(t, 20, 20), "timber.png"))
	token := ok[*model.UserAccessToken](t)(ada.CreateUserAccessToken(ctx, ada.me.Id, "a token"))
	bot := ok[*model.Bot](t)(ada.CreateBot(ctx, &model.Bot{Username: "robot"}))
	hook := ok[*model.IncomingWebhook](t)(ada.CreateIncomingWebhook(ctx, &model.IncomingWebhook{ChannelId: channel, DisplayName: "hook"}))
	app := ok[*model.OAuthApp](t)(ada.CreateOAuthApp(ctx, liftApp()))
	ok[string](t)(ada.AuthorizeOAuthApp(ctx, &model.AuthorizeRequest{ResponseType: model.AuthCodeResponseType, ClientId: app.Id, RedirectURI: lift}))
	ok[*model.Draft](t)(ada.UpsertDraft(ctx, &model.Draft{UserId: ada.me.Id, ChannelId: channel, Message: "a draft"}))
	ok[*model.ChannelBookmarkWithFileInfo](t)(ada.CreateChannelBookmark(ctx, &model.ChannelBookmark{ChannelId: channel, DisplayName: "site", LinkUrl: "https://example.com", Type: model.ChannelBookmarkLink}))
	ok[*model.ScheduledPost](t)(ada.CreateScheduledPost(ctx, &model.ScheduledPost{Draft: model.Draft{UserId: ada.me.Id, ChannelId: channel, Message: "later"}, ScheduledAt: model.GetMillisForTime(time.Now().Add(time.Hour))}))
	group := ok[*model.Group](t)(ada.CreateGroup(ctx, &model.Group{Name: model.NewPointer("masons"), DisplayName: "Masons", Source: model.GroupSourceCustom, AllowReference: true}))
	ok[[]*model.GroupMember](t)(ada.UpsertGroupMembers(ctx, group.Id, &model.GroupModifyMembers{UserIds: []string{ada.me.Id, ben.me.Id}}))
	archived := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: team, Name: "archived", DisplayName: "Archived", Type: model.ChannelTypeOpen}))
	if _, err := ada.DeleteChannel(ctx, archived.Id); err != nil {
		t.Fatal(err)
	}
	return w, ada, []string{ada.me.Id, team, channel, root.Id, "", "timber", ben.me.Id, direct.Id, file.Id, emoji.Id, token.Id, bot.UserId, hook.Id, app.Id, "builders", "ben", "ada@example.com", "system_user", "display_settings", group.Id}
}

// What the server answers has a field in the official types for all that it says, and all that these always send.
func TestAnswersHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	w, ada, names := inhabited(t)
	recorder := &clientwalk.Recorder{}
	c := w.as(ada.AuthToken)
	c.HTTPClient = &http.Client{Transport: recorder}
	answered, objections := clientwalk.Shapes{Names: names, Strict: true, Except: map[string]string{
		"GetAllTeamsWithTotalCount":           "reads a list with its length",
		"GetGroupsByChannel":                  "reads a list with its length",
		"GetGroupsByTeam":                     "reads a list with its length",
		"GetGroupsAssociatedToChannelsByTeam": "reads the lists inside of what is answered",
		"SearchAllChannelsPaged":              "reads a page, and asks for none here",
		"SearchPosts":                         "leaves out what of each post was found",
		"GetTeamUnread":                       "without a team asks for those of all teams",
	}}.Look(t.Context(), c, recorder)
	for _, o := range objections {
		t.Error(o)
	}
	if answered < 125 {
		t.Errorf("only %d methods were answered", answered)
	}
}

// A client of two years ago reads the same answers, and finds in them all that its types always had.
func TestAnswersHaveTheShapeThatOlderClientsKnow(t *testing.T) {
	t.Parallel()
	w, ada, names := inhabited(t)
	program := filepath.Join(t.TempDir(), "older")
	if out, err := exec.Command("go", "build", "-C", "../older", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), program, append([]string{"-url", w.url}, names...)...)
	cmd.Stdin = strings.NewReader(ada.AuthToken)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
