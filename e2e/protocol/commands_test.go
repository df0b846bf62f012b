package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What somebody types behind a slash is done, and told to them alone or to everybody.
func TestCommandsAreTyped(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	if got := ok[*model.CommandResponse](t)(ada.ExecuteCommand(ctx, channel, "/me waves")); got.ResponseType != model.CommandResponseTypeInChannel {
		t.Errorf("answered %+v", got)
	}
	post := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	for post.Type != model.PostTypeMe { // those of who joined come before
		post = inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	}
	if post.Message != "*waves*" {
		t.Errorf("posted %+v", post)
	}
	if got := ok[*model.CommandResponse](t)(ada.ExecuteCommand(ctx, channel, "/header wood")); got.Text == "" {
		t.Errorf("answered %+v", got)
	}
	if got := inner[*model.Post](t, ada.expect(model.WebsocketEventEphemeralMessage), "post"); got.Type != model.PostTypeEphemeral || got.ChannelId != channel {
		t.Errorf("whispered %+v", got)
	}
	team := ok[[]*model.Team](t)(ada.GetTeamsForUser(ctx, "me", ""))[0].Id
	if list := ok[[]*model.Command](t)(ada.ListAutocompleteCommands(ctx, team)); len(list) < 10 {
		t.Errorf("the commands are %+v", list)
	}
	if list := ok[[]model.AutocompleteSuggestion](t)(ada.ListCommandAutocompleteSuggestions(ctx, "/shr", team)); len(list) != 1 || list[0].Complete != "shrug" {
		t.Errorf("suggested %+v", list)
	}
	_, answer, err := ada.ExecuteCommand(ctx, channel, "/nothing")
	refused(t, 404, answer, err)
}
