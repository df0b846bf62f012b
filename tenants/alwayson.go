package tenants

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// RestWish says when a workspace shall hibernate. What is nil stays as it is.
type RestWish struct {
	AlwaysOn  *bool          // whether it never does
	IdleAfter *time.Duration // after how long without use; 0: as its plan has it
}

// SetRest sets when a workspace hibernates. One that shall always be on and does hibernate is woken within moments.
func (s *Store) SetRest(ctx context.Context, p Principal, workspace uuid.UUID, wish RestWish) (ws Workspace, err error) {
	if wish.AlwaysOn == nil && wish.IdleAfter == nil {
		return ws, refuse(Invalid, "", "nothing is to be set: name always_on, idle_after_s or both")
	}
	if wish.IdleAfter != nil && *wish.IdleAfter != 0 && !goodIdleTime(*wish.IdleAfter) {
		return ws, refuse(Invalid, "idle_after_s", "an idle time of %s: allowed are whole seconds from %d to %d, and 0, which stands for that of the plan; for never set always_on",
			*wish.IdleAfter, int(idleLeast.Seconds()), int(idleMost.Seconds()))
	}
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		row, err := dbsql.New(tx).LockWorkspace(ctx, workspace)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such workspace"))
		}
		if state := State(row.State); state == Removing || state == Deleted {
			return refuse(Conflict, "", "the workspace is %s: nothing is left that could hibernate", state)
		}
		if err := s.setRest(ctx, tx, p, &row, wish); err != nil {
			return err
		}
		ws = FromRow(row)
		return nil
	})
	return ws, err
}

func (s *Store) setRest(ctx context.Context, tx pgx.Tx, p Principal, row *dbsql.Workspace, wish RestWish) error {
	q, details := dbsql.New(tx), map[string]string{}
	if wish.AlwaysOn != nil && *wish.AlwaysOn != row.AlwaysOn {
		row.AlwaysOn = *wish.AlwaysOn
		details["always_on"] = strconv.FormatBool(row.AlwaysOn)
	}
	if wish.IdleAfter != nil && *wish.IdleAfter != idleAfter(row.IdleAfterS) {
		row.IdleAfterS = nil
		details["idle_after"] = "as the plan has it"
		if seconds := int32(wish.IdleAfter.Seconds()); seconds > 0 {
			row.IdleAfterS, details["idle_after"] = &seconds, forHumans(*wish.IdleAfter)
		}
	}
	if len(details) == 0 {
		return nil
	}
	row.UpdatedAt = s.now()
	if err := q.SetIdle(ctx, dbsql.SetIdleParams{ID: row.ID, AlwaysOn: row.AlwaysOn, IdleAfterS: row.IdleAfterS, Now: row.UpdatedAt}); err != nil {
		return fmt.Errorf("set when workspace %s hibernates: %w", row.ID, err)
	}
	if row.AlwaysOn && State(row.State) == Hibernating { // who does that leaves it, or it is woken as soon as that is done
		if err := q.WantAwake(ctx, dbsql.WantAwakeParams{ID: row.ID, Now: row.UpdatedAt}); err != nil {
			return fmt.Errorf("have workspace %s woken: %w", row.ID, err)
		}
	}
	return s.record(ctx, tx, Event{Tenant: &row.TenantID, Actor: p.Name(), Action: "workspace.set_rest", Subject: id.Show(id.Workspace, row.ID), Details: details})
}

// idleAfter is a workspace's own time; 0: it has none.
func idleAfter(seconds *int32) time.Duration {
	if seconds == nil {
		return 0
	}
	return time.Duration(*seconds) * time.Second
}

// forHumans is a time without the parts that are zero, as in 30m.
func forHumans(d time.Duration) string {
	text := d.String()
	if short, ok := strings.CutSuffix(text, "m0s"); ok {
		text = short + "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}
