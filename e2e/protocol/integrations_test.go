package protocol

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
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
	at := program(t, func(r *http.Request) any {
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
		CallbackURLs: []string{at}, ContentType: "application/json", DisplayName: "Echo"}))
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

// A team's own command calls its program, which answers at once, and more of it later.
func TestATeamsCommandCallsItsProgram(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t, inside)
	ctx := t.Context()
	forms := make(chan url.Values, 1)
	at := program(t, func(r *http.Request) any {
		_ = r.ParseForm()
		forms <- r.PostForm
		return model.CommandResponse{Text: "only you", GotoLocation: "/builders/channels/timber"}
	})
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	own := ok[*model.Command](t)(ada.CreateCommand(ctx, &model.Command{TeamId: team, Trigger: "build", Method: model.CommandMethodPost, URL: at, AutoComplete: true, DisplayName: "Build"}))
	own.AutoCompleteDesc = "Build it"
	if got := ok[*model.Command](t)(ada.UpdateCommand(ctx, own)); got.AutoCompleteDesc != own.AutoCompleteDesc {
		t.Errorf("changed, it is %+v", got)
	}
	token := ok[string](t)(ada.RegenCommandToken(ctx, own.Id))
	if got := ok[*model.CommandResponse](t)(ben.ExecuteCommand(ctx, channel, "/build it")); got.GotoLocation != "/builders/channels/timber" || got.TriggerId == "" {
		t.Errorf("answered %+v", got)
	}
	form := <-forms
	if form.Get("token") != token || form.Get("text") != "it" || form.Get("user_name") != "ben" || form.Get("trigger_id") == "" {
		t.Errorf("called with %v", form)
	}
	if got := inner[*model.Post](t, ben.expect(model.WebsocketEventEphemeralMessage), "post"); got.Message != "only you" {
		t.Errorf("whispered %+v", got)
	}
	answer, err := http.Post(form.Get("response_url"), "application/json", strings.NewReader(`{"response_type":"in_channel","text":"built"}`))
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v (%v)", answer, err)
	}
	_ = answer.Body.Close()
	post := inner[*model.Post](t, ada.expect(model.WebsocketEventPosted), "post")
	for post.Message != "built" {
		post = inner[*model.Post](t, ada.expect(model.WebsocketEventPosted), "post")
	}
	if post.UserId != ben.me.Id || post.GetProp("from_webhook") != "true" {
		t.Errorf("posted %+v", post)
	}
	if list := ok[[]*model.Command](t)(ada.ListCommands(ctx, team, true)); len(list) != 1 || list[0].Id != own.Id {
		t.Errorf("the commands are %+v", list)
	}
	if list := ok[[]model.AutocompleteSuggestion](t)(ben.ListCommandAutocompleteSuggestions(ctx, "/bui", team)); len(list) != 1 || list[0].Complete != "build" {
		t.Errorf("suggested %+v", list)
	}
	if _, err := ada.DeleteCommand(ctx, own.Id); err != nil {
		t.Fatal(err)
	}
	_, gone, err := ada.GetCommandById(ctx, own.Id)
	refused(t, 404, gone, err)
}

// What is shown to one user is shown to nobody else.
func TestAPostIsShownToOneUser(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	made := ok[*model.Post](t)(ada.CreatePostEphemeral(t.Context(), &model.PostEphemeral{UserID: ben.me.Id, Post: &model.Post{ChannelId: channel, Message: "between us"}}))
	if got := inner[*model.Post](t, ben.expect(model.WebsocketEventEphemeralMessage), "post"); got.Id != made.Id || got.Type != model.PostTypeEphemeral || got.Message != "between us" {
		t.Errorf("whispered %+v", got)
	}
	_, answer, err := ben.CreatePostEphemeral(t.Context(), &model.PostEphemeral{UserID: ada.me.Id, Post: &model.Post{ChannelId: channel, Message: "x"}})
	refused(t, 403, answer, err)
}

// A button opens a dialog, which its program takes or refuses; then the post says something else.
func TestAButtonOpensADialog(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t, inside)
	ctx := t.Context()
	dialogs := program(t, func(r *http.Request) any {
		var in model.SubmitDialogRequest
		_ = json.NewDecoder(r.Body).Decode(&in)
		if in.Type == "dialog_lookup" {
			return model.LookupDialogResponse{Items: []model.DialogSelectOption{{Text: "Here", Value: "here"}}}
		}
		return model.SubmitDialogResponse{Errors: map[string]string{"where": "not " + in.Submission["where"].(string)}}
	})
	at := program(t, func(r *http.Request) any {
		var in model.PostActionIntegrationRequest
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Context["what"] != "all" {
			t.Errorf("told %+v (%v)", in, err)
		}
		opens := model.NewAPIv4Client(w.url) // it has no account
		if _, err := opens.OpenInteractiveDialog(ctx, model.OpenDialogRequest{TriggerId: in.TriggerId, URL: dialogs, Dialog: model.Dialog{Title: "Deploy", CallbackId: "d",
			Elements: []model.DialogElement{{DisplayName: "Where", Name: "where", Type: "text", MaxLength: 20}}}}); err != nil {
			t.Error(err)
		}
		return model.PostActionIntegrationResponse{Update: &model.Post{Message: "deployed"}}
	})
	attached := &model.Post{ChannelId: channel, Message: "deploy?"}
	attached.AddProp("attachments", []*model.MessageAttachment{{Text: "sure?", Actions: []*model.PostAction{{Type: model.PostActionTypeButton, Name: "Yes",
		Integration: &model.PostActionIntegration{URL: at, Context: map[string]any{"what": "all"}}}}}})
	ok[*model.Post](t)(ada.CreatePost(ctx, attached))
	post := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	for post.Message != attached.Message {
		post = inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	}
	action := post.Attachments()[0].Actions[0]
	if action.Integration != nil || action.Id == "" {
		t.Fatalf("shown is %+v", action)
	}
	if _, err := ben.DoPostAction(ctx, post.Id, action.Id); err != nil {
		t.Fatal(err)
	}
	dialog := inner[*model.OpenDialogRequest](t, ben.expect(model.WebsocketEventOpenDialog), "dialog")
	if dialog.Dialog.Title != "Deploy" || len(dialog.TriggerId) != 26 || dialog.URL != dialogs {
		t.Errorf("shown is %+v", dialog)
	}
	if got := inner[*model.Post](t, ben.expect(model.WebsocketEventPostEdited), "post"); got.Id != post.Id || got.Message != "deployed" || len(got.Attachments()) != 1 {
		t.Errorf("it says %+v", got)
	}
	team := ok[[]*model.Team](t)(ben.GetTeamsForUser(ctx, "me", ""))[0].Id
	filled := model.SubmitDialogRequest{URL: dialog.URL, CallbackId: "d", ChannelId: channel, TeamId: team, Submission: map[string]any{"where": "there"}}
	if got := ok[*model.SubmitDialogResponse](t)(ben.SubmitInteractiveDialog(ctx, filled)); got.Errors["where"] != "not there" {
		t.Errorf("answered %+v", got)
	}
	if got := ok[*model.LookupDialogResponse](t)(ben.LookupInteractiveDialog(ctx, filled)); len(got.Items) != 1 || got.Items[0].Value != "here" {
		t.Errorf("found %+v", got)
	}
}
