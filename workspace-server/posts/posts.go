// Package posts owns what people write: creating, editing, deleting and reading it in order. It never decides who may
// read a channel.
package posts

import (
	"context"
	"maps"
	"net/http"
	"regexp"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/previews"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Log is the posts of a workspace.
type Log struct {
	Config  *config.Book
	DB      *store.DB
	Hub     *realtime.Hub
	Now     clock.Clock
	Threads Threads
	Cookies *attachments.Jar
	// Previews are of what links lead to. Nil: none are shown, nor where the configuration says so.
	Previews      *previews.Shelf
	Notifications Notifications
	Deliveries    Deliveries
	Site          string // where the workspace's own links lead; empty where it doesn't know
}

// Threads tells those who follow a thread of a reply to it.
type Threads interface {
	Replied(ctx context.Context, r Reply) error
}

// Reply is a reply that was stored.
type Reply struct {
	Post      dbsql.Post
	Followers []dbsql.ThreadFollowersRow // of its thread
	Before    []dbsql.ThreadMembersOfRow // what the thread was to people before
}

// The types of posts that the server itself writes, and that of what somebody says to do.
const (
	Me            = "me"
	JoinedChannel = "system_join_channel"
	LeftChannel   = "system_leave_channel"
	AddedTo       = "system_add_to_channel"
	RemovedFrom   = "system_remove_from_channel"
	MadeChannel   = "system_gm_to_channel"
)

const (
	MaxMessage = 16_383 // runes
	maxProps   = 800_000
	MaxFiles   = 10 // of a post
)

var errDeleted = fault.New(http.StatusBadRequest, "api.post.create_post.can_not_post_to_deleted.error", "The channel is archived; nothing can be posted there.")

// Find reads a post that is not deleted.
func (l *Log) Find(ctx context.Context, post id.ID) (dbsql.Post, error) {
	p, err := l.DB.PostByID(ctx, post)
	if store.Missing(err) || (err == nil && p.DeleteAt > 0) {
		return p, fault.NotFound("post")
	}
	return p, err
}

// drawn is a post as the wire has it, in one piece.
type drawn struct {
	post     wire.Post
	metadata wire.PostMetadata
}

// draw is before what other tables know is added.
func (d *drawn) draw(p *dbsql.Post) *wire.Post {
	d.metadata.Priority = priorityOf(p)
	d.post = wire.Post{
		ID: p.ID, CreateAt: p.CreateAt, UpdateAt: p.UpdateAt, EditAt: p.EditAt, DeleteAt: p.DeleteAt, IsPinned: p.Pinned,
		UserID: p.UserID, ChannelID: p.ChannelID, RootID: p.RootID, Message: p.Message, Type: p.Type, Props: attachments.Shown(p.Props),
		Hashtags: p.Hashtags, FileIDs: []id.ID{}, HasReactions: p.HasReactions, ReplyCount: p.ReplyCount, LastReplyAt: p.LastReplyAt,
		Metadata: &d.metadata, ParticipantIDs: p.Participants,
	}
	return &d.post
}

// View completes posts with their files, reactions and what their links lead to, which takes no query for posts that have none.
func (l *Log) View(ctx context.Context, rows ...dbsql.Post) ([]*wire.Post, error) {
	out, err := l.complete(ctx, rows)
	if err != nil {
		return nil, err
	}
	return out, l.addEmbeds(ctx, out)
}

// complete is View without what is shown of other posts and pages.
func (l *Log) complete(ctx context.Context, rows []dbsql.Post) ([]*wire.Post, error) {
	out, all := make([]*wire.Post, len(rows)), make([]drawn, len(rows))
	at := make(map[id.ID]*wire.Post, len(rows))
	var withFiles, withReactions, withAcks []id.ID
	for i := range rows {
		p := &rows[i]
		out[i] = all[i].draw(p)
		at[p.ID] = out[i]
		if p.HasFiles {
			withFiles = append(withFiles, p.ID)
		}
		if p.HasReactions {
			withReactions = append(withReactions, p.ID)
		}
		if p.RequestedAck {
			withAcks = append(withAcks, p.ID)
		}
	}
	for _, p := range out {
		if root := at[p.RootID]; root != nil {
			p.ReplyCount = root.ReplyCount
		}
	}
	if err := l.addFiles(ctx, at, withFiles); err != nil {
		return nil, err
	}
	if err := l.addReactions(ctx, at, withReactions); err != nil {
		return nil, err
	}
	if err := l.addAcknowledgements(ctx, at, withAcks); err != nil {
		return nil, err
	}
	return out, l.addEmoji(ctx, out)
}

var emojiName = regexp.MustCompile(`:([a-zA-Z0-9_+-]{1,64}):`)

// addEmoji adds what the workspace's own emoji are that stand in posts or on them, which takes no query for posts without any.
func (l *Log) addEmoji(ctx context.Context, posts []*wire.Post) error {
	of := map[string][]*wire.Post{}
	note := func(name string, p *wire.Post) {
		if known := of[name]; len(known) == 0 || known[len(known)-1] != p {
			of[name] = append(known, p)
		}
	}
	for _, p := range posts {
		for _, m := range emojiName.FindAllStringSubmatch(p.Message, -1) {
			note(m[1], p)
		}
		for _, r := range p.Metadata.Reactions {
			note(r.EmojiName, p)
		}
	}
	if len(of) == 0 {
		return nil
	}
	rows, err := l.DB.EmojiByNames(ctx, slices.Collect(maps.Keys(of)))
	for _, e := range rows {
		for _, p := range of[e.Name] {
			p.Metadata.Emojis = append(p.Metadata.Emojis, Emoji(e))
		}
	}
	return err
}

func (l *Log) addFiles(ctx context.Context, at map[id.ID]*wire.Post, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := l.DB.FilesOfPosts(ctx, ids)
	for _, f := range rows {
		p := at[f.PostID]
		p.FileIDs = append(p.FileIDs, f.ID)
		p.Metadata.Files = append(p.Metadata.Files, FileInfo(f))
	}
	return err
}

func (l *Log) addReactions(ctx context.Context, at map[id.ID]*wire.Post, ids []id.ID) error {
	if len(ids) == 0 {
		return nil
	}
	rows, err := l.DB.ReactionsOfPosts(ctx, ids)
	for _, r := range rows {
		p := at[r.PostID]
		p.Metadata.Reactions = append(p.Metadata.Reactions, Reaction(r))
	}
	return err
}

// FileInfo is a file's row as the wire has it.
func FileInfo(f dbsql.File) *wire.FileInfo {
	return &wire.FileInfo{ID: f.ID, CreatorID: f.CreatorID, PostID: f.PostID, ChannelID: f.ChannelID, CreateAt: f.CreateAt, UpdateAt: f.UpdateAt,
		DeleteAt: f.DeleteAt, Name: f.Name, Extension: f.Extension, Size: f.Size, MimeType: f.MimeType, Width: int(f.Width), Height: int(f.Height),
		HasPreviewImage: f.Drawable}
}

// Emoji is an emoji's row as the wire has it.
func Emoji(e dbsql.Emoji) *wire.Emoji {
	return &wire.Emoji{ID: e.ID, CreateAt: e.CreateAt, UpdateAt: e.UpdateAt, DeleteAt: e.DeleteAt, CreatorID: e.CreatorID, Name: e.Name}
}

// Reaction is a reaction's row as the wire has it.
func Reaction(r dbsql.Reaction) *wire.Reaction {
	return &wire.Reaction{UserID: r.UserID, PostID: r.PostID, EmojiName: r.EmojiName, CreateAt: r.CreateAt, UpdateAt: r.CreateAt, ChannelID: r.ChannelID}
}
