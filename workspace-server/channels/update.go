package channels

import (
	"context"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Patch changes what a channel is called and says of itself.
func (d *Directory) Patch(ctx context.Context, c dbsql.Channel, patch wire.ChannelPatch) (*wire.Channel, error) {
	for field, value := range map[*string]*string{&c.Name: patch.Name, &c.DisplayName: patch.DisplayName, &c.Header: patch.Header, &c.Purpose: patch.Purpose} {
		if value != nil {
			*field = *value
		}
	}
	if c.TeamID.IsZero() { // direct and group messages have a header only
		if err := check("x", "x", c.Header, c.Purpose); err != nil {
			return nil, err
		}
	} else if err := check(c.Name, c.DisplayName, c.Header, c.Purpose); err != nil {
		return nil, err
	}
	c, err := d.DB.UpdateChannel(ctx, dbsql.UpdateChannelParams{ID: c.ID, Now: d.Now.Millis(), Name: c.Name, DisplayName: c.DisplayName, Header: c.Header, Purpose: c.Purpose})
	if store.Violates(err, "channels_name_unique") {
		return nil, errNameTaken
	}
	return d.updated(c, err)
}

// Convert makes a channel public or private.
func (d *Directory) Convert(ctx context.Context, c dbsql.Channel, kind string) (*wire.Channel, error) {
	if (kind != Public && kind != Private) || c.TeamID.IsZero() {
		return nil, fault.BadBody("privacy", "O for public or P for private, of a team's channel")
	}
	if c.Name == Default {
		return nil, errDefault
	}
	c, err := d.DB.SetChannelType(ctx, dbsql.SetChannelTypeParams{ID: c.ID, Type: kind, Now: d.Now.Millis()})
	if err != nil {
		return nil, err
	}
	d.Hub.Publish(realtime.Event{Name: realtime.ChannelConverted, Data: channelRef{ChannelID: c.ID}, To: wire.Broadcast{TeamID: c.TeamID}, Guests: d.guestsIn(ctx, c.ID)})
	return View(c), nil
}

func (d *Directory) updated(c dbsql.Channel, err error) (*wire.Channel, error) {
	if err != nil {
		return nil, err
	}
	view := View(c)
	d.Hub.Publish(realtime.Event{Name: realtime.ChannelUpdated, Data: channelText{realtime.Text(view)}, To: wire.Broadcast{ChannelID: c.ID}})
	return view, nil
}

var errDefault = fault.New(http.StatusBadRequest, "api.channel.delete_channel.cannot.app_error", "The default channel of a team can't be left, archived or made private.")

// Archive hides a channel and stops its conversation; Restore brings both back.
func (d *Directory) Archive(ctx context.Context, c dbsql.Channel) error {
	if c.Name == Default {
		return errDefault
	}
	if c.TeamID.IsZero() {
		return fault.New(http.StatusBadRequest, "api.channel.delete_channel.type.invalid", "Direct and group messages can't be archived.")
	}
	if c.DeleteAt > 0 {
		return nil
	}
	now := d.Now.Millis()
	c, err := d.DB.SetChannelDeleteAt(ctx, dbsql.SetChannelDeleteAtParams{ID: c.ID, DeleteAt: now, Now: now})
	if err == nil {
		d.Hub.Publish(realtime.Event{Name: realtime.ChannelDeleted, Data: channelRef{ChannelID: c.ID, DeleteAt: c.DeleteAt}, To: audience(c), Guests: d.guestsIn(ctx, c.ID)})
	}
	return err
}

// Restore undoes Archive.
func (d *Directory) Restore(ctx context.Context, c dbsql.Channel) (*wire.Channel, error) {
	c, err := d.DB.SetChannelDeleteAt(ctx, dbsql.SetChannelDeleteAtParams{ID: c.ID, Now: d.Now.Millis()})
	if err != nil {
		return nil, err
	}
	d.Hub.Publish(realtime.Event{Name: realtime.ChannelRestored, Data: channelRef{ChannelID: c.ID}, To: audience(c), Guests: d.guestsIn(ctx, c.ID)})
	return View(c), nil
}
