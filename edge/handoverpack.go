package edge

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
)

// pack makes segments of all files to which no line is added any more, also of processes that have ended.
func (h *handover) pack() error {
	list, err := spooled(h.spool.dir)
	if err != nil {
		return err
	}
	unfinished, _ := filepath.Glob(filepath.Join(h.spool.dir, ".new-*"))
	for _, path := range unfinished { // of one that was killed just then
		_ = os.Remove(path)
	}
	drafts, _ := filepath.Glob(filepath.Join(h.spool.dir, spoolDraft+"*"))
	for _, path := range drafts {
		if info, err := os.Lstat(path); err == nil && time.Since(info.ModTime()) > draftLife {
			_ = os.Remove(path)
		}
	}
	for _, n := range list {
		if n.state == spoolOpen && n.lease != h.spool.lease && h.ownerless(n) {
			err = errors.Join(err, nameless(os.Rename(filepath.Join(h.spool.dir, n.String()), filepath.Join(h.spool.dir, n.as(spoolSealed).String()))))
			n.state = spoolSealed
		}
		if n.state == spoolSealed {
			err = errors.Join(err, h.packOne(n))
		}
	}
	return err
}

// ownerless reports whether the process that was writing a file has ended.
func (h *handover) ownerless(n spoolName) bool {
	return unlocked(filepath.Join(h.spool.dir, n.String()))
}

func (h *handover) packOne(n spoolName) error {
	path := filepath.Join(h.spool.dir, n.String())
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read what is kept of the access log: %w", nameless(err))
	}
	data, head, torn := accesslog.Pack(h.spool.edge, n.lease, n.sequence, raw)
	h.figures.torn.Add(int64(torn))
	if data != nil {
		packed := spoolName{from: head.From, lease: n.lease, sequence: n.sequence, lines: head.Lines(), state: spoolPacked}
		if err := writeWhole(filepath.Join(h.spool.dir, packed.String()), string(data)); err != nil {
			return fmt.Errorf("pack what is kept of the access log: %w", nameless(err))
		}
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("remove what was packed of the access log: %w", nameless(err))
	}
	return nil
}

// makeRoom removes the oldest files as long as there is more than may wait.
func (h *handover) makeRoom() error {
	list, err := spooled(h.spool.dir)
	if err != nil {
		return err
	}
	size := int64(0)
	for _, n := range list {
		size += n.size
	}
	gone := 0
	for _, n := range list {
		if size <= h.room {
			break
		}
		if n.state != spoolPacked {
			continue
		}
		if err := os.Remove(filepath.Join(h.spool.dir, n.String())); err != nil {
			return fmt.Errorf("make room for the access log: %w", nameless(err))
		}
		size -= n.size
		gone += n.lines
	}
	if gone > 0 {
		h.figures.crowded.Add(int64(gone))
		h.log.Error("the oldest lines of the access log are lost: the control plane has not taken them, and there is no room for more", "lines", gone, "bytes_kept", size)
	}
	return nil
}

// firstOf reads a little of an answer, and closes it.
func firstOf(res *http.Response) string {
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1024))
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10)) // or the connection could not be used again
	_ = res.Body.Close()
	return string(text)
}
