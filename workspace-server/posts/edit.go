package posts

import (
	"context"
	"encoding/json"
	"reflect"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type edited struct {
	Post string `json:"post"`
}

// Edit changes the text or the props of a post and keeps what it said before.
func (l *Log) Edit(ctx context.Context, p dbsql.Post, message *string, props *json.RawMessage) (*wire.Post, error) {
	next := dbsql.EditPostParams{ID: p.ID, EditID: id.New(), Now: l.Now.Millis(), Message: p.Message, Props: p.Props}
	if message != nil {
		next.Message = *message
	}
	if props != nil {
		next.Props = *props
	}
	if err := CheckText(next.Message, (*json.RawMessage)(&next.Props)); err != nil {
		return nil, err
	}
	if props != nil {
		var err error
		if next.Props, err = rewritten(next.Props, p.Props); err != nil {
			return nil, err
		}
	}
	next.Hashtags = hashtags(next.Message)
	next.Edited = next.Message != p.Message
	return l.changed(ctx)(l.DB.EditPost(ctx, next))
}

// rewritten are props as a client wants them, with what it cannot say or change as it was.
func rewritten(props, before json.RawMessage) (json.RawMessage, error) {
	props = attachments.Named(attachments.Kept(props, before))
	return props, keepSpeaker(&props, before)
}

// Rewrites reports whether a post would say something else by an edit, and not only be pinned.
func Rewrites(p dbsql.Post, message *string, props *json.RawMessage) bool {
	if message != nil && *message != p.Message {
		return true
	}
	if props == nil {
		return false
	}
	next, err := rewritten(*props, p.Props)
	var is, was any
	return err != nil || json.Unmarshal(next, &is) != nil || json.Unmarshal(p.Props, &was) != nil || !reflect.DeepEqual(is, was)
}

// Pin puts a post on the channel's list of pinned ones, or takes it off.
func (l *Log) Pin(ctx context.Context, post id.ID, pinned bool) (*wire.Post, error) {
	return l.changed(ctx)(l.DB.PinPost(ctx, dbsql.PinPostParams{ID: post, Pinned: pinned, Now: l.Now.Millis()}))
}

// Reshow has clients take a post anew, as it shows more than it did. One that is gone by now shows nothing.
func (l *Log) Reshow(ctx context.Context, post id.ID) error {
	p, err := l.DB.TouchPost(ctx, dbsql.TouchPostParams{ID: post, Now: l.Now.Millis()})
	if store.Missing(err) {
		return nil
	}
	_, err = l.changed(ctx)(p, err)
	return err
}

// changed announces a post after a change.
func (l *Log) changed(ctx context.Context) func(dbsql.Post, error) (*wire.Post, error) {
	return func(p dbsql.Post, err error) (*wire.Post, error) {
		if store.Missing(err) {
			return nil, fault.NotFound("post")
		}
		if err != nil {
			return nil, err
		}
		views, err := l.View(ctx, p)
		if err != nil {
			return nil, err
		}
		l.Hub.Publish(realtime.Event{Name: realtime.PostEdited, Data: edited{realtime.Text(views[0])}, To: wire.Broadcast{ChannelID: p.ChannelID}})
		return views[0], nil
	}
}

// History is what a post said before each edit, newest first.
func (l *Log) History(ctx context.Context, p dbsql.Post) ([]*wire.Post, error) {
	rows, err := l.DB.PostEdits(ctx, p.ID)
	out := make([]*wire.Post, len(rows))
	for i, e := range rows {
		old := new(drawn).draw(&p)
		old.ID, old.OriginalID, old.Message, old.Props = e.ID, p.ID, e.Message, attachments.Shown(e.Props)
		old.UpdateAt, old.EditAt, old.DeleteAt = e.CreateAt, e.CreateAt, e.CreateAt
		out[i] = old
	}
	return out, err
}

type deleted struct {
	Post     string `json:"post"`
	DeleteBy id.ID  `json:"delete_by,omitzero"`
}

// Delete removes a post, and the replies to it. Admins learn who did it.
func (l *Log) Delete(ctx context.Context, p dbsql.Post, by id.ID) error {
	var gone []dbsql.Post
	err := l.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = q.LockChannel(ctx, p.ChannelID); err != nil {
			return err
		}
		gone, err = q.DeletePost(ctx, dbsql.DeletePostParams{ID: p.ID, Now: l.Now.Millis()})
		return err
	})
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		return fault.NotFound("post")
	}
	for _, g := range gone {
		if g.ID != p.ID {
			continue
		}
		view := new(drawn).draw(&g)
		channel := wire.Broadcast{ChannelID: p.ChannelID, ContainsSanitizedData: true}
		l.Hub.Publish(realtime.Event{Name: realtime.PostDeleted, Data: deleted{Post: realtime.Text(view)}, To: channel})
		channel.ContainsSanitizedData, channel.ContainsSensitiveData = false, true
		l.Hub.Publish(realtime.Event{Name: realtime.PostDeleted, Data: deleted{Post: realtime.Text(view), DeleteBy: by}, To: channel})
	}
	return nil
}
