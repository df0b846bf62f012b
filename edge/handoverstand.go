package edge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// clockGap is how long a line may take from its time to where oldest sees it.
const clockGap = time.Second

// stand looks how far the log is handed over, and tells the control plane when it is time.
func (h *handover) stand(ctx context.Context) error {
	now := time.Now()
	s := feed.LogStanding{Identity: h.identity.Identity, Until: now}
	if said := h.kept.oldest(); !said.IsZero() && said.Before(s.Until) { // before the folder is looked at: lines go from here to there
		s.Until = said
	}
	list, err := spooled(h.spool.dir)
	if err != nil {
		return err
	}
	oldest := time.Time{}
	for _, n := range list {
		if n.from.Before(s.Until) {
			s.Until = n.from
		}
		if oldest.IsZero() || n.from.Before(oldest) {
			oldest = n.from
		}
		if n.state != spoolOpen {
			s.Segments++
			s.Bytes += n.size
		}
	}
	s.Until = s.Until.Add(-clockGap)
	h.figures.waiting.Store(s.Segments)
	h.figures.bytes.Store(s.Bytes)
	h.figures.oldest.Store(0)
	if !oldest.IsZero() {
		h.figures.oldest.Store(oldest.UnixMilli())
	}
	lost := h.lost()
	if s.Lost = lost - h.counted; s.Lost == 0 && now.Sub(h.told) < standingEvery {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// One that is cut off is told again, and what is lost is counted twice.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmLimit)
	defer cancel()
	if err := h.line.tell(ctx, feed.LogStandingPath, "how far the access log is handed over", s, http.StatusNoContent); err != nil {
		return err
	}
	h.told, h.counted = now, lost
	return nil
}

// lost is how many lines nobody will read. What the disk did not take is said here, the others are where it happens.
func (h *handover) lost() int64 {
	lost := h.kept.dropped.Load() + h.spool.unwritten.Load()
	if fresh := lost - h.seen; fresh > 0 {
		h.log.Error("lines of the access log are lost: this machine's disk did not take them in time", "lines", fresh)
	}
	h.seen = lost
	return lost + h.figures.torn.Load() + h.figures.crowded.Load() + h.figures.refused.Load()
}

// write gives the figures.
func (h *handover) write(w io.Writer, now time.Time) {
	single(w, "longhouse_edge_access_segments_waiting", "gauge", "Files of the access log that wait to be handed over.", h.figures.waiting.Load())
	single(w, "longhouse_edge_access_waiting_bytes", "gauge", "Bytes of these.", h.figures.bytes.Load())
	age := 0.0
	if oldest := h.figures.oldest.Load(); oldest != 0 {
		age = max(0, now.Sub(time.UnixMilli(oldest)).Seconds())
	}
	single(w, "longhouse_edge_access_oldest_seconds", "gauge", "Age of the oldest line of the access log that is not handed over.", age)
	single(w, "longhouse_edge_access_lines_told_total", "counter", "Lines of the access log that the control plane has in its object store.", h.figures.told.Load())
	family(w, "longhouse_edge_access_lines_lost_total", "counter", "Lines of the access log that nobody will read, by reason.")
	for _, r := range []struct {
		reason string
		lines  int64
	}{{"busy", h.kept.dropped.Load()}, {"disk", h.spool.unwritten.Load()}, {"torn", h.figures.torn.Load()}, {"room", h.figures.crowded.Load()}, {"refused", h.figures.refused.Load()}} {
		fmt.Fprintf(w, "longhouse_edge_access_lines_lost_total{reason=%q} %d\n", r.reason, r.lines)
	}
}
