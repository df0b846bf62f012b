package realtime

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// recheckEvery bounds how long a socket outlives a session that another instance ended, or that ran out.
const recheckEvery = pingEvery

// Recheck cuts, until the context ends, the sockets whose sessions have ended elsewhere: with one question for all of
// them, and none while nobody is connected.
func (h *Hub) Recheck(ctx context.Context) {
	tick := time.NewTicker(recheckEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.recheck(ctx); err != nil && ctx.Err() == nil {
			h.Log.Warn("check sessions of web sockets", "error", err.Error())
		}
	}
}

func (h *Hub) recheck(ctx context.Context) error {
	held := map[id.ID]struct{}{}
	for _, st := range h.all() {
		if sock := st.current(); sock != nil {
			held[sock.who.Session] = struct{}{}
		}
	}
	if len(held) == 0 {
		return nil
	}
	sessions := make([]id.ID, 0, len(held))
	for s := range held {
		sessions = append(sessions, s)
	}
	ended, err := h.ended(ctx, sessions)
	h.EndSession(ended...)
	return err
}

// ended tells which of the sessions are no longer good.
func (h *Hub) ended(ctx context.Context, sessions []id.ID) ([]id.ID, error) {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	live, err := h.LiveSessions(ctx, sessions)
	if err != nil {
		return nil, err
	}
	good := make(map[id.ID]bool, len(live))
	for _, s := range live {
		good[s] = true
	}
	var ended []id.ID
	for _, s := range sessions {
		if !good[s] {
			ended = append(ended, s)
		}
	}
	return ended, nil
}
