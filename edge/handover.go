package edge

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	// handEvery is how often it is looked what is to be handed over.
	handEvery = 5 * time.Second
	// handLimit is how long one segment may take: the control plane answers when it is in the object store.
	handLimit = 30 * time.Second
	// standingEvery is how often the control plane is told how far the log is handed over, where nothing else changes.
	standingEvery = 30 * time.Second
	// lastHanding is how long the end of an edge may wait for its last lines; those that are left the next process hands over.
	lastHanding = 2 * time.Second
	// spoolRoom is how many bytes may wait on disk. Beyond that the oldest go.
	spoolRoom = 1 << 30

	spoolFolder = "access"
	spoolLock   = "lock"
)

// handover takes what the spool of this edge's processes has on disk to the control plane, and removes what that has in its object store.
type handover struct {
	spool    *spool
	kept     *accessWriter
	line     *controlLine
	identity *identity
	log      *slog.Logger
	every    time.Duration
	age      time.Duration
	room     int64

	figures handFigures
	told    time.Time // when the standing was told last
	counted int64     // lines that were known to be lost then
	seen    int64     // those of them that this machine's disk did not take
	said    string    // the last trouble that was logged
}

// handFigures are what an edge tells of its log. All but the first three only grow.
type handFigures struct {
	waiting, bytes         atomic.Int64
	oldest                 atomic.Int64 // when the first line was said that waits, in unix milliseconds; 0: none does
	told                   atomic.Int64 // lines
	torn, crowded, refused atomic.Int64 // lines lost: half written, for want of room, not taken
}

// openHandover makes the folder of the access log.
func openHandover(i *identity, line *controlLine, log *slog.Logger) (*handover, error) {
	dir := filepath.Join(i.dir, spoolFolder)
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("make the folder of the access log: %w", err)
	}
	s := newSpool(dir, i.Edge, i.Lease)
	kept := newAccessWriter(s)
	s.oldest = kept.oldest
	return &handover{spool: s, kept: kept, line: line, identity: i, log: log, every: handEvery, age: spoolAge, room: spoolRoom}, nil
}

// run hands over until ctx ends. What is left then is end's.
func (h *handover) run(ctx context.Context) {
	tick := time.NewTicker(h.every)
	defer tick.Stop()
	for {
		h.round(ctx, time.Now().Add(-h.age))
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// end hands over what is left when no line comes any more.
func (h *handover) end() {
	last, cancel := context.WithTimeout(context.Background(), lastHanding)
	defer cancel()
	h.told = time.Time{}
	h.round(last, time.Now())
}

// round looks through the folder, unless another process of the edge does. Files that were begun before a time are handed over.
func (h *handover) round(ctx context.Context, begun time.Time) {
	unlock, err := h.lock()
	if err == nil {
		h.spool.seal(begun)
		err = errors.Join(h.spool.failing(), h.pack(), h.makeRoom(), h.send(ctx))
		if standing := h.stand(ctx); err == nil {
			err = standing
		}
		unlock()
	}
	if err == nil || errors.Is(err, errElsewhere) || ctx.Err() != nil {
		if err == nil {
			h.said = ""
		}
		return
	}
	if said := distinct(err); said != h.said {
		h.said = said
		h.log.Warn("the access log is not handed over; it is kept on disk, and tried again", "folder", h.spool.dir, "error", said)
	}
}

// errElsewhere: another process of this edge sees to the folder.
var errElsewhere = errors.New("another process hands the access log over")

func (h *handover) lock() (unlock func(), err error) {
	file, err := os.OpenFile(filepath.Join(h.spool.dir, spoolLock), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the folder of the access log: %w", err)
	}
	if err := takeFolder(file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return func() { _ = file.Close() }, nil
}

// takeFolder returns errElsewhere where another process has the folder, and what it is where nobody can have it: not every file system locks.
func takeFolder(lock *os.File) error {
	err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errElsewhere
	}
	if err != nil {
		return fmt.Errorf("lock the folder of the access log: %w", err)
	}
	return nil
}

// send hands over all segments, the oldest first, until one is not taken.
func (h *handover) send(ctx context.Context) error {
	list, err := spooled(h.spool.dir)
	if err != nil {
		return err
	}
	for _, n := range list {
		if n.state != spoolPacked {
			continue
		}
		if err := h.sendOne(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (h *handover) sendOne(ctx context.Context, n spoolName) error {
	path := filepath.Join(h.spool.dir, n.String())
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what is kept of the access log: %w", nameless(err))
	}
	ctx, cancel := context.WithTimeout(ctx, handLimit)
	defer cancel()
	res, err := h.line.send(ctx, http.MethodPost, feed.SegmentsPath, feed.SegmentType, bytes.NewReader(data))
	if err != nil {
		return err
	}
	why := firstOf(res)
	switch res.StatusCode {
	case http.StatusNoContent:
		h.figures.told.Add(int64(n.lines))
	case http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge: // nor will it be taken later
		h.figures.refused.Add(int64(n.lines))
		h.log.Error("the control plane refuses a part of the access log, which is lost", "lines", n.lines, "answer", why)
	default:
		return h.line.refusedBy(res, "a segment of the access log")
	}
	if err := os.Remove(path); err != nil { // it would be told again, which does no harm
		return fmt.Errorf("remove what was handed over of the access log: %w", nameless(err))
	}
	return nil
}
