package edge

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/internal/id"
)

// TestAFullFileThatHasNoNextCostsLinesAlone: it is handed over, and where no other can be made lines are counted.
func TestAFullFileThatHasNoNextCostsLinesAlone(t *testing.T) {
	t.Parallel()
	s := newSpool(filepath.Join(t.TempDir(), "access"), "edg_one", id.Show(id.EdgeLease, id.New()))
	must(t, os.Mkdir(s.dir, 0o700))
	s.most = 1
	_, _ = s.Write(keptLine("/a"))
	must(t, s.failing())
	must(t, os.RemoveAll(s.dir))
	_, _ = s.Write(keptLine("/b"))
	if err := s.failing(); err == nil || strings.Contains(err.Error(), s.lease) {
		t.Errorf("the trouble is another one for each file: %v", err)
	}
	if n := s.unwritten.Load(); n != 1 || s.failing() == nil {
		t.Errorf("%d lines are counted, and the trouble is %v", n, s.failing())
	}
}

// TestAFileThatIsBegunHasAnOwner from the moment at which the other process of the edge can see it, which would else take it for a dead one's.
func TestAFileThatIsBegunHasAnOwner(t *testing.T) {
	t.Parallel()
	h, _, _ := handing(t)
	other := newSpool(h.spool.dir, h.spool.edge, id.Show(id.EdgeLease, id.New()))
	over, looked := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(looked)
		for {
			list, _ := spooled(h.spool.dir)
			for _, n := range list {
				if h.ownerless(n) {
					if _, err := os.Lstat(filepath.Join(h.spool.dir, n.String())); err == nil { // else its owner has done with it
						t.Errorf("%s had no owner", n)
					}
				}
			}
			select {
			case <-over:
				return
			default:
			}
		}
	}()
	for range 1000 {
		if err := other.open(); err != nil {
			t.Error(err)
			break
		}
		_ = os.Remove(filepath.Join(other.dir, other.name.String()))
		_ = other.file.Close()
		other.file = nil
	}
	close(over)
	<-looked
}

// TestWhatADeadProcessHadJustBegunGoes, and what a living one has does not.
func TestWhatADeadProcessHadJustBegunGoes(t *testing.T) {
	t.Parallel()
	h, _, _ := handing(t)
	old, young := filepath.Join(h.spool.dir, spoolDraft+"a"), filepath.Join(h.spool.dir, spoolDraft+"b")
	must(t, os.WriteFile(old, nil, 0o600))
	must(t, os.WriteFile(young, nil, 0o600))
	must(t, os.Chtimes(old, time.Time{}, time.Now().Add(-2*draftLife)))
	must(t, h.pack())
	if _, err := os.Lstat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old one: %v", err)
	}
	if _, err := os.Lstat(young); err != nil {
		t.Errorf("the young one: %v", err)
	}
}

// TestOnlyWhoHasTheFolderKeepsOthersOut: else a folder that can't be locked would be handed over by nobody, and nobody would hear of it.
func TestOnlyWhoHasTheFolderKeepsOthersOut(t *testing.T) {
	t.Parallel()
	h, _, _ := handing(t)
	unlock, err := h.lock()
	must(t, err)
	if _, err := h.lock(); !errors.Is(err, errElsewhere) {
		t.Errorf("beside another one: %v", err)
	}
	unlock()
	none, err := os.Open(h.spool.dir)
	must(t, err)
	must(t, none.Close())
	if err := takeFolder(none); err == nil || errors.Is(err, errElsewhere) {
		t.Errorf("of what can't be locked: %v", err)
	}
}

// TestTheSameTroubleIsLoggedOnce, whichever files it is with, and however many.
func TestTheSameTroubleIsLoggedOnce(t *testing.T) {
	t.Parallel()
	h, _, logs := handing(t)
	at := time.Now().Truncate(time.Millisecond)
	for sequence := range int64(3) {
		n := spoolName{from: at, lease: h.spool.lease, sequence: sequence, state: spoolSealed}
		line, err := json.Marshal(accesslog.Line{At: at, Path: "/a"})
		must(t, err)
		must(t, os.WriteFile(filepath.Join(h.spool.dir, n.String()), []byte("ws_acme "+string(line)+"\n"), 0o600))
		n.state, n.lines = spoolPacked, 1
		must(t, os.Mkdir(filepath.Join(h.spool.dir, n.String()), 0o700)) // where its segment would be
		h.round(t.Context(), at)
	}
	h.round(t.Context(), at)
	if n := strings.Count(logs.String(), "is not handed over"); n != 1 {
		t.Errorf("it is logged %d times: %s", n, logs)
	}
}
