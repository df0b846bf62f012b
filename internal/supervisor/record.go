package supervisor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/proc"
)

// record is what the next life needs to adopt a child, or to end it.
type record struct {
	Process proc.Record    `json:"process"`
	Runs    string         `json:"runs"` // hash of how it was started; empty: it shall not be adopted
	Listen  string         `json:"listen,omitempty"`
	Also    string         `json:"also,omitempty"`
	Tells   bool           `json:"tells,omitempty"` // when it is leaving
	Stop    syscall.Signal `json:"stop"`
	Grace   time.Duration  `json:"grace_ns"`
}

func recordFile(dir, name string) string { return filepath.Join(dir, name+".json") }

func (s *Supervisor) remember(c Child, p *proc.Process, tells bool) error {
	return s.write(c.Name, record{Process: p.Record(), Runs: hash(c), Listen: c.Listen, Also: c.Also, Tells: tells, Stop: c.Stop, Grace: c.Grace})
}

func (s *Supervisor) write(name string, r record) error {
	data, err := json.Marshal(r)
	if err == nil {
		err = datadir.WriteFile(recordFile(s.dir, name), data, 0o600, os.Getuid())
	}
	if err != nil {
		return fmt.Errorf("remember %s: %w", name, err)
	}
	return nil
}

// read returns the child's record and its process, which is nil when it doesn't run any more.
func read(dir, name string) (r record, p *proc.Process) {
	data, err := os.ReadFile(recordFile(dir, name))
	if err != nil || json.Unmarshal(data, &r) != nil {
		return record{}, nil
	}
	if p, err = proc.Adopt(r.Process); err != nil {
		return r, nil
	}
	return r, p
}

// adopt takes the child over if it runs. Same is whether it was started as it would be now and isn't leaving.
func (s *Supervisor) adopt(c Child) (l *life, same bool) {
	r, p := read(s.dir, c.Name)
	if p == nil {
		return nil, false
	}
	s.take(c, p, r)
	l, same = &life{Process: p, adopted: true, said: sizeOf(c.Spec.LogFile)}, r.Runs == hash(c)
	if r.Tells {
		leaving, gone := s.hearLeaving(c, p)
		l.leaving, same = leaving, same && !gone
	}
	return l, same
}

// Condemn makes the next life replace the child instead of adopting it: it is about to be of no use.
func (s *Supervisor) Condemn(name string) error {
	r, p := read(s.dir, name)
	if p == nil {
		return nil
	}
	r.Runs = ""
	return s.write(name, r)
}

func (s *Supervisor) forget(name string) { _ = os.Remove(recordFile(s.dir, name)) }

// hash sums up how a child is started. The environment is left out: it holds only what the arguments don't decide.
func hash(c Child) string {
	text := fmt.Sprintf("%q %q %v %q", c.Spec.Path, c.Spec.Args, c.Spec.Credential, c.Settings)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
