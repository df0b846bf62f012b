package posts

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/attachments"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Draft is a post before it is one.
type Draft struct {
	Author    dbsql.User
	Channel   dbsql.Channel
	RootID    id.ID
	Message   string
	Type      string // empty for what people write
	Props     json.RawMessage
	Priority  *wire.PostPriority // nil: none
	FileIDs   []id.ID
	PendingID string // the client's own name for it; repeated, it makes no second post
	AtAll     bool   // @channel, @all and @here count
	AtGroups  bool   // and the names of groups
	NoWords   bool   // nobody in the workspace had words of their own to be mentioned by when it came
	Absent    bool   // its author, who wrote it before: it says nothing of whether they are there now
	// First is done in the transaction that stores the post, which is not stored where it fails.
	First     func(context.Context, *dbsql.Queries) error
	ByProgram bool // in its author's name, who has not seen the channel for that, and can be mentioned
	Asked     bool // by a program, and its reader has just asked for it
}

// Create stores a post and tells the channel. The same pending id answers the same post again.
func (l *Log) Create(ctx context.Context, d Draft) (*wire.Post, error) {
	if err := l.check(ctx, &d); err != nil {
		return nil, err
	}
	if err := d.sign(); err != nil {
		return nil, err
	}
	to, err := l.mentioned(ctx, d)
	if err != nil {
		return nil, err
	}
	params := d.params(l.Now.Millis(), to.users)
	l.Notifications.leave(d, to, &params)
	owe, err := l.Deliveries.of(ctx, d)
	if err != nil {
		return nil, err
	}
	defer l.Deliveries.ring(owe) // once clients have it: what a program answers comes after; also where the commit's answer was lost
	made, err := l.insert(ctx, d, params, to, owe)
	if store.Violates(err, "post_claims_pkey") {
		return l.again(ctx, d)
	}
	if store.Missing(err) { // the channel was archived, or the root deleted, while it waited
		return nil, cmp.Or[error](l.check(ctx, &d), errDeleted)
	}
	if err != nil {
		return nil, err
	}
	l.Notifications.ring(params)
	// It is there: that its client has gone keeps it from nobody.
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), tellWithin)
	defer done()
	view, err := l.view(ctx, made.post, d.PendingID)
	if err != nil {
		return nil, err
	}
	l.announce(d, view, to.users, made.followers)
	if len(made.followers) > 0 {
		err = l.Threads.Replied(ctx, Reply{Post: made.post, Followers: made.followers, Before: made.before})
	}
	return view, err
}

// tellWithin is how long it may take to tell others of a post.
const tellWithin = 10 * time.Second

// stored is a post that is there and, of a reply, who follows its thread and what that was to them before.
type stored struct {
	post      dbsql.Post
	followers []dbsql.ThreadFollowersRow
	before    []dbsql.ThreadMembersOfRow
}

func (l *Log) check(ctx context.Context, d *Draft) error {
	if err := CheckText(d.Message, &d.Props); err != nil {
		return err
	}
	d.Props = attachments.Named(d.Props)
	switch {
	case strings.TrimSpace(d.Message) == "" && len(d.FileIDs) == 0 && string(d.Props) == "{}":
		return fault.BadBody("message", "some text, a file or props")
	case len(d.FileIDs) > MaxFiles:
		return fault.BadBody("file_ids", "at most 10 files")
	case len(d.PendingID) > 64:
		return fault.BadBody("pending_post_id", "at most 64 characters")
	}
	if err := d.checkPriority(); err != nil || d.RootID.IsZero() {
		return err
	}
	root, err := l.DB.PostByID(ctx, d.RootID)
	if store.Missing(err) || (err == nil && (root.ChannelID != d.Channel.ID || root.DeleteAt > 0)) {
		return fault.New(http.StatusBadRequest, "api.post.create_post.root_id.app_error", "The root_id is no post of this channel.")
	}
	if err == nil && !root.RootID.IsZero() {
		d.RootID = root.RootID // a reply to a reply belongs to the thread
	}
	return err
}

// CheckText says whether a post may have this text and these props, and makes none of them an empty object.
func CheckText(message string, props *json.RawMessage) error {
	if utf8.RuneCountInString(message) > MaxMessage {
		return fault.New(http.StatusBadRequest, "model.post.is_valid.message_length.app_error", "A message has at most %d characters.", MaxMessage)
	}
	if len(*props) == 0 || string(*props) == "null" {
		*props = json.RawMessage("{}")
	}
	if (*props)[0] != '{' {
		return fault.BadBody("props", "a JSON object")
	}
	if len(*props) > maxProps {
		return fault.BadBody("props", "at most 800000 characters")
	}
	return nil
}

func (d Draft) params(now int64, mentioned []id.ID) dbsql.CreatePostWithParams {
	p := dbsql.CreatePostWithParams{ID: id.New(), UserID: d.Author.ID, ChannelID: d.Channel.ID, RootID: d.RootID, Type: d.Type, Message: d.Message,
		Props: d.Props, Hashtags: hashtags(d.Message), Now: now, PendingID: d.PendingID, Mentioned: mentioned, FileIds: d.FileIDs, Counted: 1, Absent: d.Absent}
	p.Priority, p.RequestedAck = d.priority()
	if !d.counts() {
		p.Counted = 0 // comings and goings are no messages to be read
	}
	if !d.ByProgram {
		p.Viewer = d.Author.ID
	}
	return p
}

func (d Draft) counts() bool { return !strings.HasPrefix(d.Type, "system_") }

// insert is one statement where a post has nothing beside itself. With files it is a transaction, in which each must turn out to be the author's
// to attach; with mentions, which are counted and most kept, and with what programs are owed; and so is a reply, which has to see who follows the
// thread since the reply before.
func (l *Log) insert(ctx context.Context, d Draft, params dbsql.CreatePostWithParams, to reach, owe Owe) (made stored, err error) {
	// In direct and group messages all that others say is a mention, and only that of replies is kept.
	mentions := len(params.Mentioned) > 0 && (!d.Channel.TeamID.IsZero() || !d.RootID.IsZero())
	if len(d.FileIDs) == 0 && d.RootID.IsZero() && d.First == nil && owe == nil && len(params.Mentioned) == 0 {
		made.post, err = l.DB.CreatePost(ctx, alone(params))
		return made, err
	}
	err = l.DB.PlannedTx(ctx, func(q *dbsql.Queries) error {
		if !d.RootID.IsZero() || d.First != nil { // what is read and done before the post's own statement takes it
			if err := q.LockChannel(ctx, d.Channel.ID); err != nil {
				return err
			}
		}
		if d.First != nil {
			if err := d.First(ctx, q); err != nil {
				return err
			}
		}
		if made, err = write(ctx, q, params); err != nil {
			return err
		}
		if mentions {
			if err := noteMentions(ctx, q, params.ID, to); err != nil {
				return err
			}
		}
		if owe != nil {
			if err := owe(ctx, q, params.ID); err != nil {
				return err
			}
		}
		return attached(ctx, q, made.post.ID, len(d.FileIDs))
	})
	return made, err
}

// alone is a post that has nothing beside itself.
func alone(p dbsql.CreatePostWithParams) dbsql.CreatePostParams {
	return dbsql.CreatePostParams{ID: p.ID, UserID: p.UserID, Type: p.Type, Message: p.Message, Props: p.Props, Hashtags: p.Hashtags, Priority: p.Priority,
		RequestedAck: p.RequestedAck, Counted: p.Counted, Now: p.Now, ChannelID: p.ChannelID, PendingID: p.PendingID, Viewer: p.Viewer, Absent: p.Absent,
		Mailed: p.Mailed, Pushed: p.Pushed, Concerns: p.Concerns}
}

// attached fails where a post has not got all the files that it should.
func attached(ctx context.Context, q *dbsql.Queries, post id.ID, want int) error {
	if want == 0 {
		return nil
	}
	files, err := q.FilesOfPosts(ctx, []id.ID{post})
	if err == nil && len(files) != want {
		err = fault.BadBody("file_ids", "files that you uploaded and that no post has yet, each once")
	}
	return err
}

// write is a post's own row and, of a reply, those of who follows its thread.
func write(ctx context.Context, q *dbsql.Queries, params dbsql.CreatePostWithParams) (made stored, err error) {
	if params.RootID.IsZero() {
		made.post, err = q.CreatePostWith(ctx, params)
		return made, err
	}
	if made.before, err = q.ThreadMembersOf(ctx, params.RootID); err != nil {
		return made, err
	}
	if made.post, err = q.CreatePostWith(ctx, params); err != nil {
		return made, err
	}
	err = q.FollowReply(ctx, dbsql.FollowReplyParams{RootID: params.RootID, ChannelID: params.ChannelID, Viewer: params.Viewer, At: made.post.CreateAt,
		Mentioned: params.Mentioned, Absent: params.Absent})
	if err != nil {
		return made, err
	}
	made.followers, err = q.ThreadFollowers(ctx, params.RootID)
	return made, err
}

func (l *Log) view(ctx context.Context, p dbsql.Post, pending string) (*wire.Post, error) {
	views, err := l.View(ctx, p)
	if err != nil {
		return nil, err
	}
	views[0].PendingPostID = pending
	return views[0], nil
}

type posted struct {
	ChannelDisplayName string `json:"channel_display_name"`
	ChannelName        string `json:"channel_name"`
	ChannelType        string `json:"channel_type"`
	Image              string `json:"image,omitempty"`
	OtherFile          string `json:"otherFile,omitempty"`
	Post               string `json:"post"`
	SenderName         string `json:"sender_name"`
	SetOnline          bool   `json:"set_online"`
	TeamID             id.ID  `json:"team_id"`
}

func (l *Log) announce(d Draft, view *wire.Post, mentioned []id.ID, followers []dbsql.ThreadFollowersRow) {
	data := posted{ChannelDisplayName: d.Channel.DisplayName, ChannelName: d.Channel.Name, ChannelType: d.Channel.Type,
		Post: realtime.Text(view), SenderName: "@" + d.Author.Username, SetOnline: !d.ByProgram && !d.Absent, TeamID: d.Channel.TeamID}
	if d.Channel.Type == "D" {
		data.ChannelDisplayName = data.SenderName
	}
	if len(view.Metadata.Files) > 0 {
		data.OtherFile = "true"
	}
	for _, f := range view.Metadata.Files {
		if strings.HasPrefix(f.MimeType, "image/") {
			data.Image = "true"
		}
	}
	l.Hub.Publish(realtime.Event{Name: realtime.Posted, Data: data, To: wire.Broadcast{ChannelID: d.Channel.ID}, Personal: personal(d, mentioned, followers)})
	if d.counts() && !d.ByProgram && !d.Absent {
		l.Hub.Active(d.Author.ID)
	}
}

// personal is what a post is to single users: a mention, and a reply to what they follow and want to be told of.
func personal(d Draft, mentioned []id.ID, followers []dbsql.ThreadFollowersRow) map[id.ID]string {
	to := make(map[id.ID]string, len(mentioned))
	for _, user := range mentioned {
		to[user] = `"mentions":` + quoted([]id.ID{user})
	}
	for _, f := range followers {
		user := f.ThreadMember.UserID
		if !f.Desktop || (user == d.Author.ID && !d.ByProgram) {
			continue
		}
		if to[user] != "" {
			to[user] += ","
		}
		to[user] += `"followers":` + quoted([]id.ID{user})
	}
	return to
}

func quoted(v any) string { return realtime.Text(realtime.Text(v)) }
