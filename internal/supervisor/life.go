package supervisor

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/proc"
)

// life is one process of a child.
type life struct {
	*proc.Process
	adopted bool            // an earlier supervisor started it
	leaving <-chan struct{} // closed when it begins to end by itself; nil where it can't tell
	worked  bool            // it was ready once
	said    int64           // what its log held before it said anything
}

// start runs the child and writes its record down. When that can't be done the child must not run.
func (s *Supervisor) start(c Child) (*life, error) {
	if err := s.hold(c); err != nil {
		return nil, err
	}
	spec := c.Spec
	spec.Env = append(slices.Clone(spec.Env), mark+recordFile(s.dir, c.Name))
	var leaving <-chan struct{}
	if file := s.socket(c.Name, listenerFD); file != nil {
		spec.ExtraFiles, spec.Env = []*os.File{file}, append(spec.Env, fmt.Sprintf("%s=%d", ListenerVariable, listenerFD))
		if c.Beside {
			pipe, heard, err := leavingPipe()
			if err != nil {
				return nil, fmt.Errorf("start %s: %w", c.Name, err)
			}
			defer func() { _ = pipe.Close() }()
			leaving = heard
			spec.ExtraFiles, spec.Env = append(spec.ExtraFiles, pipe), append(spec.Env, fmt.Sprintf("%s=%d", LeavingVariable, leavingFD))
			if second := s.socket(c.Name, secondFD); second != nil {
				spec.ExtraFiles, spec.Env = append(spec.ExtraFiles, second), append(spec.Env, fmt.Sprintf("%s=%d", SecondListenerVariable, secondFD))
			}
		}
	}
	said := sizeOf(spec.LogFile)
	p, err := proc.Start(spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	if err := s.remember(c, p, leaving != nil); err != nil {
		return nil, errors.Join(err, kill(p))
	}
	s.log.Info("started", "child", c.Name, "pid", p.PID())
	return &life{Process: p, said: said, leaving: leaving}, nil
}

// lastWords is the last line that the child said in this life, for the sentence that says why it ended.
func (l *life) lastWords(c Child) string {
	log, err := os.Open(c.Spec.LogFile)
	if err != nil {
		return "it said nothing"
	}
	defer func() { _ = log.Close() }()
	const enough = 4096
	size := sizeOf(c.Spec.LogFile)
	from := max(l.said, size-enough)
	if size < l.said { // it was shortened meanwhile
		from = max(0, size-enough)
	}
	said, err := io.ReadAll(io.NewSectionReader(log, from, enough))
	said = bytes.TrimSpace(said)
	if err != nil || len(said) == 0 {
		return "it said nothing"
	}
	return strings.ToValidUTF8(string(said[bytes.LastIndexByte(said, '\n')+1:]), "?")
}

// sizeOf is 0 for a file that isn't there yet.
func sizeOf(file string) int64 {
	info, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return info.Size()
}
