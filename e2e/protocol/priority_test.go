package protocol

import (
	"testing"

	"github.com/mattermost/mattermost/server/public/model"
)

// An urgent post says so to every client, and who reads it says so back.
func TestAnUrgentPostIsAcknowledged(t *testing.T) {
	t.Parallel()
	_, ada, ben, channel := talk(t)
	ctx := t.Context()
	said := ok[*model.Post](t)(ada.CreatePost(ctx, &model.Post{ChannelId: channel, Message: "@ben, it burns",
		Metadata: &model.PostMetadata{Priority: &model.PostPriority{Priority: model.NewPointer(model.PostPriorityUrgent), RequestedAck: model.NewPointer(true), PersistentNotifications: model.NewPointer(false)}}}))
	if got := ben.posted(said.Id).GetPriority(); got == nil || *got.Priority != model.PostPriorityUrgent || !*got.RequestedAck {
		t.Errorf("posted with %+v", got)
	}
	ack := ok[*model.PostAcknowledgement](t)(ben.AcknowledgePost(ctx, said.Id, ben.me.Id))
	if got := inner[*model.PostAcknowledgement](t, ada.expect(model.WebsocketEventAcknowledgementAdded), "acknowledgement"); *got != *ack || got.UserId != ben.me.Id {
		t.Errorf("told %+v", got)
	}
	if _, err := ben.UnacknowledgePost(ctx, said.Id, ben.me.Id); err != nil {
		t.Fatal(err)
	}
	ada.expect(model.WebsocketEventAcknowledgementRemoved)
}
