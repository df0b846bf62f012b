// Package drafts owns what people have begun to write and not posted, so that it follows them from one client to the next. It never
// makes a post of one, and shows a draft to nobody but who writes it.
package drafts

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	maxType     = 26
	maxPriority = 1000 // bytes
)

// Book holds everybody's drafts.
type Book struct {
	DB  *store.DB
	Hub *realtime.Hub
	Now clock.Clock
}

type change struct {
	Draft string `json:"draft"`
}

// Put keeps a draft, one for each channel and thread of a user, and tells the user's other clients, but not the one whose connection is
// named. With neither text nor files there is none any more, and the answer is nil.
func (b *Book) Put(ctx context.Context, d wire.Draft, connection string) (*wire.Draft, error) {
	if err := b.Check(ctx, &d); err != nil {
		return nil, err
	}
	if d.Message == "" && len(d.FileIDs) == 0 {
		return nil, b.Delete(ctx, d.UserID, d.ChannelID, d.RootID, connection)
	}
	row, err := b.DB.PutDraft(ctx, dbsql.PutDraftParams{UserID: d.UserID, ChannelID: d.ChannelID, RootID: d.RootID, Now: b.Now.Millis(),
		Message: d.Message, Type: d.Type, Props: d.Props, Priority: d.Priority, FileIds: d.FileIDs})
	if err != nil {
		return nil, err
	}
	views, err := b.View(ctx, row)
	if err != nil {
		return nil, err
	}
	name := realtime.DraftUpdated
	if row.CreateAt == row.UpdateAt {
		name = realtime.DraftCreated
	}
	b.announce(name, views[0], connection)
	return views[0], nil
}

// Delete removes a draft and tells the user's other clients; once more changes nothing.
func (b *Book) Delete(ctx context.Context, user, channel, root id.ID, connection string) error {
	if err := b.DB.DeleteDraft(ctx, dbsql.DeleteDraftParams{UserID: user, ChannelID: channel, RootID: root}); err != nil {
		return err
	}
	gone := wire.Draft{UserID: user, ChannelID: channel, RootID: root, Props: json.RawMessage("{}")}
	b.announce(realtime.DraftDeleted, &gone, connection)
	return nil
}

// List answers the user's drafts in the channels of a team, and in those of none, that which was changed last first.
func (b *Book) List(ctx context.Context, user, team id.ID) ([]*wire.Draft, error) {
	rows, err := b.DB.DraftsOfUser(ctx, dbsql.DraftsOfUserParams{UserID: user, TeamID: team})
	if err != nil {
		return nil, err
	}
	return b.View(ctx, rows...)
}

// Check refuses a draft that could not be posted as it is, and makes its props and priority objects.
func (b *Book) Check(ctx context.Context, d *wire.Draft) error {
	if err := posts.CheckText(d.Message, &d.Props); err != nil {
		return err
	}
	if len(d.Priority) == 0 || string(d.Priority) == "null" {
		d.Priority = json.RawMessage("{}")
	}
	switch {
	case len(d.FileIDs) > posts.MaxFiles:
		return fault.BadBody("file_ids", "at most 10 files")
	case len(d.Type) > maxType:
		return fault.BadBody("type", "at most 26 characters")
	case d.Priority[0] != '{' || len(d.Priority) > maxPriority:
		return fault.BadBody("priority", "a JSON object of at most 1000 bytes")
	case d.RootID.IsZero():
		return nil
	}
	root, err := b.DB.PostByID(ctx, d.RootID)
	if store.Missing(err) || (err == nil && (root.ChannelID != d.ChannelID || root.DeleteAt > 0)) {
		return fault.New(http.StatusBadRequest, "api.drafts.upsert.root_id.app_error", "The root_id is no post of this channel.")
	}
	return err
}

// View completes drafts of one user with those of their files that could still be posted.
func (b *Book) View(ctx context.Context, rows ...dbsql.Draft) ([]*wire.Draft, error) {
	var attached []id.ID
	for _, d := range rows {
		attached = append(attached, d.FileIds...)
	}
	files, err := b.filesToPost(ctx, attached, rows)
	if err != nil {
		return nil, err
	}
	out := make([]*wire.Draft, len(rows))
	for i, d := range rows {
		out[i] = &wire.Draft{CreateAt: d.CreateAt, UpdateAt: d.UpdateAt, UserID: d.UserID, ChannelID: d.ChannelID, RootID: d.RootID, Message: d.Message,
			Type: d.Type, Props: d.Props, Metadata: &wire.PostMetadata{}}
		if string(d.Priority) != "{}" {
			out[i].Priority = d.Priority
		}
		for _, file := range d.FileIds {
			if at := slices.IndexFunc(files, func(f dbsql.File) bool { return f.ID == file }); at >= 0 {
				out[i].FileIDs = append(out[i].FileIDs, file)
				out[i].Metadata.Files = append(out[i].Metadata.Files, posts.FileInfo(files[at]))
			}
		}
	}
	return out, nil
}

// filesToPost are those of one user's drafts, which takes no query where there are none.
func (b *Book) filesToPost(ctx context.Context, ids []id.ID, of []dbsql.Draft) ([]dbsql.File, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return b.DB.FilesToPost(ctx, dbsql.FilesToPostParams{Ids: ids, UserID: of[0].UserID})
}

func (b *Book) announce(name realtime.Name, d *wire.Draft, connection string) {
	b.Hub.Publish(realtime.Event{Name: name, Data: change{realtime.Text(d)}, To: wire.Broadcast{UserID: d.UserID, OmitConnectionID: connection}})
}
