package protocol

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// What a link leads to comes after the post, as a newer version of it that nobody has edited, and is there after a restart.
func TestALinkIsPreviewed(t *testing.T) {
	t.Parallel()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, `<html><head><title>A page</title><meta property="og:description" content="of two words"></head>`)
	}))
	t.Cleanup(web.Close)
	w, ada, ben, channel := talk(t, inside)
	ctx := t.Context()
	if config := ok[map[string]string](t)(ada.GetClientConfig(ctx, "")); config["EnableLinkPreviews"] != "true" {
		t.Errorf("clients are told %q", config["EnableLinkPreviews"])
	}
	said := ada.say(channel, "look: "+web.URL+"/x")
	check := func(p *model.Post) {
		t.Helper()
		if p.Metadata == nil || len(p.Metadata.Embeds) != 1 || p.Metadata.Embeds[0].Type != model.PostEmbedOpengraph || p.Metadata.Embeds[0].URL != web.URL+"/x" {
			t.Fatalf("it shows %+v", p.Metadata)
		}
		raw, _ := json.Marshal(p.Metadata.Embeds[0].Data)
		var page map[string]any
		if err := json.Unmarshal(raw, &page); err != nil || page["title"] != "A page" || page["description"] != "of two words" || page["url"] != web.URL+"/x" {
			t.Errorf("it shows %s", raw)
		}
	}
	shown := inner[*model.Post](t, ben.expect(model.WebsocketEventPostEdited), "post")
	check(shown)
	if shown.Id != said.Id || shown.UpdateAt <= said.UpdateAt || shown.EditAt != 0 {
		t.Errorf("shown is %+v", shown)
	}
	web.Close()
	w.stop()
	w.serve()
	check(ok[*model.Post](t)(w.signIn("ben", "bens-password").GetPost(ctx, said.Id, "")))
}

// A link to another post shows it, and a hidden one to nobody.
func TestALinkToAPostShowsIt(t *testing.T) {
	t.Parallel()
	w, ada, ben, channel := talk(t)
	ctx := t.Context()
	hidden := ok[*model.Channel](t)(ada.CreateChannel(ctx, &model.Channel{TeamId: ok[*model.Channel](t)(ada.GetChannel(ctx, channel)).TeamId, Name: "hidden", DisplayName: "Hidden", Type: model.ChannelTypePrivate}))
	open, secret := ada.say(channel, "planks"), ada.say(hidden.Id, "the secret")
	ben.posted(open.Id)
	ada.say(channel, w.url+"/builders/pl/"+secret.Id)
	if p := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post"); len(p.Metadata.Embeds) != 0 {
		t.Errorf("a hidden post is shown: %+v", p.Metadata.Embeds[0])
	}
	ada.say(channel, w.url+"/builders/pl/"+open.Id)
	p := inner[*model.Post](t, ben.expect(model.WebsocketEventPosted), "post")
	if len(p.Metadata.Embeds) != 1 || p.Metadata.Embeds[0].Type != model.PostEmbedPermalink {
		t.Fatalf("it shows %+v", p.Metadata)
	}
	raw, _ := json.Marshal(p.Metadata.Embeds[0].Data)
	var shown model.PreviewPost
	if err := json.Unmarshal(raw, &shown); err != nil || shown.PostID != open.Id || shown.Post.Message != "planks" || shown.TeamName != "builders" || shown.ChannelDisplayName != "Timber" || shown.ChannelType != model.ChannelTypeOpen || shown.ChannelID != channel {
		t.Errorf("it shows %s", raw)
	}
}
