package channels

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Create makes a public or private channel with its creator as its admin.
func (d *Directory) Create(ctx context.Context, in wire.Channel, creator id.ID) (*wire.Channel, error) {
	if in.Type != Public && in.Type != Private {
		return nil, fault.BadBody("type", "O for a public or P for a private channel")
	}
	if err := check(in.Name, in.DisplayName, in.Header, in.Purpose); err != nil {
		return nil, err
	}
	now := d.Now.Millis()
	var c dbsql.Channel
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		c, err = q.InsertChannel(ctx, dbsql.InsertChannelParams{ID: id.New(), TeamID: in.TeamID, Type: in.Type, Name: in.Name,
			DisplayName: in.DisplayName, Header: in.Header, Purpose: in.Purpose, CreatorID: creator, Now: now})
		if err != nil {
			return err
		}
		_, err = q.AddChannelMember(ctx, member(c.ID, creator, true, now))
		return err
	})
	if store.Violates(err, "channels_name_unique") {
		return nil, errNameTaken
	}
	if err != nil {
		return nil, err
	}
	d.Hub.JoinedChannel(c.ID, creator)
	d.Hub.Publish(realtime.Event{Name: realtime.ChannelCreated, Data: channelRef{ChannelID: c.ID, TeamID: c.TeamID}, To: wire.Broadcast{UserID: creator}})
	return View(c), nil
}

// CreateDefaults makes the channels of a new team, inside the transaction that makes the team.
func CreateDefaults(ctx context.Context, q *dbsql.Queries, team, creator id.ID, now int64) error {
	for _, c := range []struct{ name, display string }{{Default, "Town Square"}, {"off-topic", "Off-Topic"}} {
		_, err := q.InsertChannel(ctx, dbsql.InsertChannelParams{ID: id.New(), TeamID: team, Type: Public, Name: c.name, DisplayName: c.display, CreatorID: creator, Now: now})
		if err != nil {
			return err
		}
	}
	return nil
}

func member(channel, user id.ID, admin bool, now int64) dbsql.AddChannelMemberParams {
	return dbsql.AddChannelMemberParams{ChannelID: channel, UserID: user, Admin: admin, Now: now,
		NotifyProps: wire.StringMap{"desktop": "default", "email": "default", "ignore_channel_mentions": "default",
			"mark_unread": "all", "push": "default", "channel_auto_follow_threads": "off"}}
}

type directAdded struct {
	CreatorID  id.ID `json:"creator_id"`
	TeammateID id.ID `json:"teammate_id"`
}

type groupAdded struct {
	TeammateIDs string `json:"teammate_ids"`
}

// OpenDirect answers the channel of two people, or of one with themselves, and makes it the first time.
func (d *Directory) OpenDirect(ctx context.Context, creator, other id.ID) (*wire.Channel, error) {
	a, b := creator.String(), other.String()
	people := []id.ID{creator, other}
	if creator == other {
		people = people[:1]
	}
	names := []string{a, b}
	slices.Sort(names)
	c, fresh, err := d.open(ctx, Direct, strings.Join(names, "__"), "", people)
	if err != nil {
		return nil, err
	}
	if fresh {
		d.Hub.Publish(realtime.Event{Name: realtime.DirectAdded, Data: directAdded{creator, other}, To: wire.Broadcast{ChannelID: c.ID}})
	}
	return View(c), d.show(ctx, c, people)
}

// OpenGroup answers the channel of three to eight people, and makes it the first time.
func (d *Directory) OpenGroup(ctx context.Context, people []dbsql.User) (*wire.Channel, error) {
	if len(people) < 3 || len(people) > 8 {
		return nil, fault.New(http.StatusBadRequest, "api.channel.create_group.bad_size.app_error", "A group message has 3 to 8 people, you among them.")
	}
	ids := make([]id.ID, len(people))
	texts, display := make([]string, len(people)), make([]string, len(people))
	for i, p := range people {
		ids[i], texts[i], display[i] = p.ID, p.ID.String(), p.Username
	}
	slices.Sort(texts)
	slices.Sort(display)
	sum := sha1.Sum([]byte(strings.Join(texts, ""))) // the protocol's name for it, not a secret
	c, fresh, err := d.open(ctx, Group, hex.EncodeToString(sum[:]), strings.Join(display, ", "), ids)
	if err != nil {
		return nil, err
	}
	if fresh {
		d.Hub.Publish(realtime.Event{Name: realtime.GroupAdded, Data: groupAdded{realtime.Text(ids)}, To: wire.Broadcast{ChannelID: c.ID}})
	}
	return View(c), d.show(ctx, c, ids)
}

func (d *Directory) open(ctx context.Context, kind, name, display string, people []id.ID) (c dbsql.Channel, fresh bool, err error) {
	now := d.Now.Millis()
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		c, err = q.InsertDirectChannel(ctx, dbsql.InsertDirectChannelParams{ID: id.New(), Type: kind, Name: name, DisplayName: display, CreatorID: people[0], Now: now})
		if store.Missing(err) {
			c, err = q.DirectChannelByName(ctx, name)
			return err
		}
		fresh = true
		for _, user := range people {
			if err == nil {
				_, err = q.AddChannelMember(ctx, member(c.ID, user, false, now))
			}
		}
		return err
	})
	if err == nil && fresh {
		d.Hub.JoinedChannel(c.ID, people...)
	}
	return c, fresh, err
}

// show sets the preference without which clients hide the conversation.
func (d *Directory) show(ctx context.Context, c dbsql.Channel, people []id.ID) error {
	for i, user := range people {
		p := wire.Preference{UserID: user, Category: "group_channel_show", Name: c.ID.String(), Value: "true"}
		if c.Type == Direct {
			p.Category, p.Name = "direct_channel_show", people[len(people)-1-i].String()
		}
		if _, err := d.Preferences.One(ctx, user, p.Category, p.Name); err == nil {
			continue
		}
		if err := d.Preferences.Put(ctx, user, []wire.Preference{p}); err != nil {
			return err
		}
	}
	return nil
}
