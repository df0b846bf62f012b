package users

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// SetStatus is a user's own word of their presence, which is kept until they take it back: whoever is not to be disturbed is not, also after the server
// was started again. dndEnd is in seconds since 1970; 0: until then.
func (d *Directory) SetStatus(ctx context.Context, user id.ID, status string, dndEnd int64) (wire.Status, error) {
	kept := dbsql.PutChosenStatusParams{UserID: user, Status: status}
	if status == realtime.DND {
		kept.DndEndTime = dndEnd
	}
	var err error
	if status == realtime.Online {
		err = d.DB.DropChosenStatus(ctx, user)
	} else {
		err = d.DB.PutChosenStatus(ctx, kept)
	}
	if err != nil {
		return wire.Status{}, err
	}
	return d.Hub.SetStatus(user, status, dndEnd), nil
}

// RecallStatuses has the hub know what people chose before this server was started.
func (d *Directory) RecallStatuses(ctx context.Context) error {
	rows, err := d.DB.ChosenStatuses(ctx, d.Now().Unix())
	for _, r := range rows {
		d.Hub.Recall(wire.Status{UserID: r.UserID, Status: r.Status, Manual: true, DNDEndTime: r.DndEndTime})
	}
	return err
}
