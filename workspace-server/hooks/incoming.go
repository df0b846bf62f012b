// Package hooks owns the addresses at which programs post, and those of programs that are told what is said: who made them, which
// channels they are for, and what they say. It never decides who may make one.
package hooks

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const mostHooks = 10_000 // of a workspace, of each kind

// Book holds the hooks of a workspace.
type Book struct {
	Config   *config.Book
	DB       *store.DB
	Now      clock.Clock
	Users    *users.Directory
	Channels *channels.Directory
	Posts    *posts.Log
	Outbound *outbound.Client
	Log      *slog.Logger

	LeftOut atomic.Int64 // deliveries that found no room
	GivenUp atomic.Int64 // and those that no program took

	known known
	owing guard.Bell // a delivery may be due
}

// NewBook makes a book whose outgoing hooks tell what Run finds owed.
func NewBook(b *Book) *Book {
	b.owing = guard.NewBell()
	return b
}

// View is a hook as the wire has it.
func View(h dbsql.IncomingHook) *wire.IncomingWebhook {
	return &wire.IncomingWebhook{ID: h.ID, CreateAt: h.CreateAt, UpdateAt: h.UpdateAt, UserID: h.UserID, ChannelID: h.ChannelID, TeamID: h.TeamID,
		DisplayName: h.DisplayName, Description: h.Description, Username: h.Username, IconURL: h.IconUrl, ChannelLocked: h.ChannelLocked, LastUsed: h.LastUsed}
}

// Create makes a hook of a user's that posts in a channel of a team.
func (b *Book) Create(ctx context.Context, user id.ID, to dbsql.Channel, in wire.IncomingWebhook) (*wire.IncomingWebhook, error) {
	if err := check(to, in); err != nil {
		return nil, err
	}
	h, err := b.DB.InsertIncomingHook(ctx, dbsql.InsertIncomingHookParams{ID: newToken(), Now: b.Now.Millis(), UserID: user, ChannelID: to.ID, TeamID: to.TeamID,
		DisplayName: in.DisplayName, Description: in.Description, Username: in.Username, IconUrl: in.IconURL, ChannelLocked: in.ChannelLocked, Most: mostHooks})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "api.incoming_webhook.too_many.app_error", "A workspace has at most %d incoming webhooks.", mostHooks)
	}
	return View(h), err
}

func check(to dbsql.Channel, in wire.IncomingWebhook) error {
	if to.TeamID.IsZero() {
		return fault.BadBody("channel_id", "a channel of a team: a direct or group message has no hooks")
	}
	for _, f := range []struct {
		name, value string
		most        int
	}{{"display_name", in.DisplayName, 64}, {"description", in.Description, 500}, {"username", in.Username, 64}, {"icon_url", in.IconURL, 1024}} {
		if len(f.value) > f.most {
			return fault.New(http.StatusBadRequest, "model.incoming_hook."+f.name+".app_error", "The %s has at most %d bytes.", f.name, f.most)
		}
	}
	return checkIcon("icon_url", in.IconURL)
}

func checkIcon(field, address string) error {
	if address == "" {
		return nil
	}
	if u, err := url.Parse(address); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fault.BadBody(field, "an address that begins with http:// or https://, or nothing")
	}
	return nil
}

// Find is one hook.
func (b *Book) Find(ctx context.Context, hook id.ID) (dbsql.IncomingHook, error) {
	h, err := b.DB.IncomingHook(ctx, hook)
	if store.Missing(err) {
		return h, fault.NotFound("incoming_webhook")
	}
	return h, err
}

// List reads a part of the hooks of a team, or of all teams, and of a user, or of everybody.
func (b *Book) List(ctx context.Context, team, user id.ID, number, size int) (*wire.IncomingWebhooks, error) {
	rows, err := b.DB.IncomingHooks(ctx, dbsql.IncomingHooksParams{TeamID: team, UserID: user, MaxRows: int32(size), Skip: int32(number * size)})
	if err != nil {
		return nil, err
	}
	out := &wire.IncomingWebhooks{Webhooks: make([]*wire.IncomingWebhook, len(rows))}
	for i, h := range rows {
		out.Webhooks[i] = View(h)
	}
	out.TotalCount, err = b.DB.CountIncomingHooks(ctx, dbsql.CountIncomingHooksParams{TeamID: team, UserID: user})
	return out, err
}

// Update changes all of a hook but its team and its user.
func (b *Book) Update(ctx context.Context, h dbsql.IncomingHook, to dbsql.Channel, in wire.IncomingWebhook) (*wire.IncomingWebhook, error) {
	if err := check(to, in); err != nil {
		return nil, err
	}
	if to.TeamID != h.TeamID {
		return nil, fault.BadBody("channel_id", "a channel of the hook's team")
	}
	h, err := b.DB.UpdateIncomingHook(ctx, dbsql.UpdateIncomingHookParams{ID: h.ID, Now: b.Now.Millis(), ChannelID: to.ID, DisplayName: in.DisplayName,
		Description: in.Description, Username: in.Username, IconUrl: in.IconURL, ChannelLocked: in.ChannelLocked})
	if store.Missing(err) {
		return nil, fault.NotFound("incoming_webhook")
	}
	return View(h), err
}

// Delete closes a hook.
func (b *Book) Delete(ctx context.Context, hook id.ID) error {
	n, err := b.DB.DeleteIncomingHook(ctx, hook)
	if err == nil && n == 0 {
		err = fault.NotFound("incoming_webhook")
	}
	return err
}

var errClosed = fault.New(http.StatusBadRequest, "web.incoming_webhook.invalid.app_error", "There is no such webhook, or who made it may not post there any more.")

// Take posts what a program says at a hook. What is too long for a post becomes several, in order.
func (b *Book) Take(ctx context.Context, hook id.ID, in wire.IncomingWebhookRequest) error {
	h, err := b.Find(ctx, hook)
	if fault.Is(err, fault.NotFound("incoming_webhook").ID) {
		return errClosed
	}
	if err != nil {
		return err
	}
	author, err := b.Users.Get(ctx, h.UserID)
	if err != nil {
		return err
	}
	if author.DeleteAt > 0 {
		return errClosed
	}
	to, err := b.destination(ctx, h, author, in.ChannelName)
	if err != nil {
		return err
	}
	d, err := Draft(Speaker{DisplayName: h.DisplayName, Username: cmp.Or(h.Username, "webhook"), IconURL: h.IconUrl}, in)
	if err != nil {
		return err
	}
	d.Author, d.Channel, d.ByProgram = author, to.Channel, true
	d.AtAll, d.AtGroups = to.Allow(author.Roles, roles.UseChannelMentions), to.Allow(author.Roles, roles.UseGroupMentions)
	if err := Post(ctx, b.Posts, d); err != nil {
		return err
	}
	now := b.Now()
	return b.DB.NoteHookUsed(ctx, dbsql.NoteHookUsedParams{ID: h.ID, Now: now.UnixMilli(), Before: now.Add(-time.Hour).UnixMilli()})
}

// Post posts what a program says, and cuts the text where it has to.
func Post(ctx context.Context, in *posts.Log, d posts.Draft) error {
	for first, rest := true, d.Message; first || rest != ""; first = false {
		d.Message, rest = cut(rest, posts.MaxMessage)
		if !first {
			d.Props, d.First = withoutAttachments(d.Props), nil
		}
		if _, err := in.Create(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// cut is so many characters of a text, and the rest of it.
func cut(text string, most int) (head, rest string) {
	if utf8.RuneCountInString(text) <= most {
		return text, ""
	}
	n := 0
	for at := range text {
		if n == most {
			return text[:at], text[at:]
		}
		n++
	}
	return text, ""
}

func withoutAttachments(props json.RawMessage) json.RawMessage {
	var all map[string]json.RawMessage
	if json.Unmarshal(props, &all) != nil {
		return props
	}
	delete(all, "attachments")
	out, _ := json.Marshal(all) // it was read from JSON
	return out
}

// destination is where a hook posts: in its own channel, in one that is named, or to somebody behind an @.
func (b *Book) destination(ctx context.Context, h dbsql.IncomingHook, author dbsql.User, name string) (channels.Access, error) {
	channel := h.ChannelID
	if name != "" {
		named, err := b.named(ctx, h, name)
		if err != nil {
			return channels.Access{}, err
		}
		channel = named
	}
	if h.ChannelLocked && channel != h.ChannelID {
		return channels.Access{}, fault.New(http.StatusForbidden, "web.incoming_webhook.channel_locked.app_error", "This webhook posts in its own channel only.")
	}
	to, err := b.Channels.Access(ctx, channel, author.ID)
	if err != nil {
		return to, err
	}
	// Whoever knows the address can post: not where its owner, be it as an admin, only could.
	if !to.Member && (to.Channel.Type != channels.Public || !to.TeamMember) {
		return to, errClosed
	}
	return to, nil
}

func (b *Book) named(ctx context.Context, h dbsql.IncomingHook, name string) (id.ID, error) {
	if who, is := strings.CutPrefix(name, "@"); is {
		u, err := b.Users.ByUsername(ctx, who)
		if err != nil {
			return id.ID{}, fault.New(http.StatusBadRequest, "web.incoming_webhook.user.app_error", "There is no user with that name.")
		}
		if h.ChannelLocked {
			return id.ID{}, nil // it is refused anyway
		}
		direct, err := b.Channels.OpenDirect(ctx, h.UserID, u.ID)
		if err != nil {
			return id.ID{}, err
		}
		return direct.ID, nil
	}
	c, err := b.DB.ChannelByName(ctx, dbsql.ChannelByNameParams{TeamID: h.TeamID, Name: strings.TrimPrefix(name, "#")})
	if store.Missing(err) {
		return id.ID{}, fault.New(http.StatusNotFound, "web.incoming_webhook.channel.app_error", "The team has no channel of that name.")
	}
	return c.ID, err
}
