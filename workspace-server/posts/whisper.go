package posts

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// ephemeral is the type of a post that one user sees, until they look elsewhere.
const ephemeral = "system_ephemeral"

// Whisper is what one user is shown in a channel, and nobody else. It is not kept.
type Whisper struct {
	ID      id.ID // zero: a new one
	To, By  id.ID
	Channel id.ID
	RootID  id.ID
	Message string
	Props   json.RawMessage
}

type whispered struct {
	Post string `json:"post"`
}

// WhisperTo shows one user what a draft says, which is no more than it could say to all.
func (l *Log) WhisperTo(ctx context.Context, user id.ID, d Draft) (*wire.Post, error) {
	if err := l.check(ctx, &d); err != nil {
		return nil, err
	}
	if err := d.sign(); err != nil {
		return nil, err
	}
	return l.Whisper(Whisper{To: user, By: d.Author.ID, Channel: d.Channel.ID, RootID: d.RootID, Message: d.Message, Props: d.Props}), nil
}

// Whisper shows something to one user.
func (l *Log) Whisper(w Whisper) *wire.Post { return l.whisper(realtime.EphemeralMessage, w) }

// Rewhisper has something that one user is shown say something else. Props before it say who speaks, and all else where it has none.
func (l *Log) Rewhisper(w Whisper, before json.RawMessage) error {
	if len(w.Props) == 0 || string(w.Props) == "null" {
		w.Props = before
	}
	if err := CheckText(w.Message, &w.Props); err != nil {
		return err
	}
	if err := keepSpeaker(&w.Props, before); err != nil {
		return err
	}
	l.whisper(realtime.PostEdited, w)
	return nil
}

// whisper hides what its actions call in cookies, as it is not kept.
func (l *Log) whisper(how realtime.Name, w Whisper) *wire.Post {
	now := l.Now.Millis()
	if len(w.Props) == 0 {
		w.Props = json.RawMessage("{}")
	}
	w.ID = cmp.Or(w.ID, id.New())
	props := l.Cookies.Seal(attachments.Named(w.Props), attachments.Cookie{Post: w.ID, Root: w.RootID, Channel: w.Channel, User: w.To, Props: Speaker(w.Props)})
	p := &wire.Post{ID: w.ID, CreateAt: now, UpdateAt: now, UserID: w.By, ChannelID: w.Channel, RootID: w.RootID, Message: w.Message, Type: ephemeral, Props: props,
		FileIDs: []id.ID{}, Metadata: &wire.PostMetadata{}}
	l.Hub.Publish(realtime.Event{Name: how, Data: whispered{realtime.Text(p)}, To: wire.Broadcast{UserID: w.To, ChannelID: w.Channel}})
	return p
}
