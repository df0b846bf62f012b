package supervisor

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/logfile"
)

func TestLogOfAChildIsBoundedAndItsLastWordsAreFound(t *testing.T) {
	t.Parallel()
	l := &life{said: 1 << 20}
	var c Child
	c.Spec.LogFile = filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(c.Spec.LogFile, append(bytes.Repeat([]byte("x"), 1<<10), "\nlast words\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := l.lastWords(c); got != "last words" {
		t.Errorf("after the log was shortened it said %q", got)
	}
}

func TestLogOfAChildThatIsKeptStaysShort(t *testing.T) {
	t.Parallel()
	s := setup(t)
	v := s.life()
	v.every = time.Millisecond
	c := s.actor("idle", "actor")
	s.must(os.WriteFile(c.Spec.LogFile, make([]byte, logfile.Default.Bytes+1<<20), 0o600))
	s.keep(v, c)
	deadline := s.deadline()
	for sizeOf(c.Spec.LogFile) > logfile.Default.Bytes {
		select {
		case <-time.After(time.Millisecond):
		case <-deadline.Done():
			t.Fatal("the log stays long")
		}
	}
	if sizeOf(c.Spec.LogFile+".1") == 0 {
		t.Error("what was taken off isn't kept")
	}
}
