package protocol

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// A program that knows nothing but an address posts in a channel, under a name of its own.
func TestAProgramPostsAtAHook(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	hook := ok[*model.IncomingWebhook](t)(ada.CreateIncomingWebhook(ctx, &model.IncomingWebhook{ChannelId: channel, DisplayName: "The lift", Username: "lift"}))
	answer, err := http.Post(w.url+"/hooks/"+hook.Id, "application/json", strings.NewReader(`{"text":"stuck, <!channel>"}`))
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%v (%v)", answer, err)
	}
	_ = answer.Body.Close()
	post := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	for post.GetProp("from_webhook") != "true" { // those of who joined come before
		post = inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	}
	if post.Message != "stuck, @channel" || post.GetProp("override_username") != "lift" || post.UserId != ada.me.Id {
		t.Errorf("posted %+v", post)
	}
	hook.DisplayName = "The other lift"
	if got := ok[*model.IncomingWebhook](t)(ada.UpdateIncomingWebhook(ctx, hook)); got.DisplayName != hook.DisplayName {
		t.Errorf("changed, it is %+v", got)
	}
	if list := ok[[]*model.IncomingWebhook](t)(ada.GetIncomingWebhooks(ctx, 0, 10, "")); len(list) != 1 {
		t.Errorf("the hooks are %+v", list)
	}
	if list := ok[*model.IncomingWebhooksWithCount](t)(ada.GetIncomingWebhooksWithCount(ctx, 0, 10, "")); list.TotalCount != 1 || len(list.Webhooks) != 1 {
		t.Errorf("the hooks are %+v", list)
	}
	if _, err := ada.DeleteIncomingWebhook(ctx, hook.Id); err != nil {
		t.Fatal(err)
	}
	_, gone, err := ada.GetIncomingWebhook(ctx, hook.Id, "")
	refused(t, 404, gone, err)
}
