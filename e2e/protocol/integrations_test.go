package protocol

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// inside lets a workspace call programs on this machine.
const inside = "MM_SERVICESETTINGS_ALLOWEDUNTRUSTEDINTERNALCONNECTIONS=localhost, 127.0.0.0/8"

// program is an integration, which answers with what becomes JSON.
func program(t *testing.T, answer func(r *http.Request) any) string {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer(r))
	}))
	t.Cleanup(web.Close)
	return web.URL
}

// A program hears what is said, and answers in the thread.
func TestAProgramHearsWhatIsSaid(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t, inside)
	ctx := t.Context()
	heard := make(chan model.OutgoingWebhookPayload, 1)
	url := program(t, func(r *http.Request) any {
		var in model.OutgoingWebhookPayload
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		heard <- in
		text := "I heard"
		return model.OutgoingWebhookResponse{Text: &text, Username: "echo", ResponseType: model.OutgoingHookResponseTypeComment}
	})
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	hook := ok[*model.OutgoingWebhook](t)(ada.CreateOutgoingWebhook(ctx, &model.OutgoingWebhook{TeamId: team, ChannelId: channel, TriggerWords: []string{"echo"}, TriggerWhen: 1,
		CallbackURLs: []string{url}, ContentType: "application/json", DisplayName: "Echo"}))
	hook.DisplayName = "The echo"
	if got := ok[*model.OutgoingWebhook](t)(ada.UpdateOutgoingWebhook(ctx, hook)); got.DisplayName != hook.DisplayName {
		t.Errorf("changed, it is %+v", got)
	}
	hook = ok[*model.OutgoingWebhook](t)(ada.RegenOutgoingHookToken(ctx, hook.Id))
	said := ben.say(channel, "echoes of what")
	if got := <-heard; got.Token != hook.Token || got.PostId != said.Id || got.Text != said.Message || got.TriggerWord != "echo" || got.UserName != "ben" {
		t.Errorf("heard %+v", got)
	}
	post := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	for post.RootId != said.Id {
		post = inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	}
	if post.Message != "I heard" || post.GetProp("override_username") != "echo" {
		t.Errorf("posted %+v", post)
	}
	for name, list := range map[string][]*model.OutgoingWebhook{"all": ok[[]*model.OutgoingWebhook](t)(ada.GetOutgoingWebhooks(ctx, 0, 10, "")),
		"team": ok[[]*model.OutgoingWebhook](t)(ada.GetOutgoingWebhooksForTeam(ctx, team, 0, 10, "")), "channel": ok[[]*model.OutgoingWebhook](t)(ada.GetOutgoingWebhooksForChannel(ctx, channel, 0, 10, ""))} {
		if len(list) != 1 || list[0].Id != hook.Id {
			t.Errorf("%s: %+v", name, list)
		}
	}
	if _, err := ada.DeleteOutgoingWebhook(ctx, hook.Id); err != nil {
		t.Fatal(err)
	}
	_, gone, err := ada.GetOutgoingWebhook(ctx, hook.Id)
	refused(t, 404, gone, err)
}
