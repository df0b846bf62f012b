package supervisor

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/proc"
)

// record is what the next life needs to adopt a child.
type record struct {
	Process proc.Record `json:"process"`
	Spec    string      `json:"spec"` // hash of how it was started
}

// start runs the child and writes its record down. When that can't be done the child must not run, as nobody would
// find it again.
func (s *Supervisor) start(c Child) (*proc.Process, error) {
	p, err := proc.Start(c.Spec)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	data, err := json.Marshal(record{Process: p.Record(), Spec: hash(c.Spec)})
	if err == nil {
		err = datadir.WriteFile(recordFile(s.dir, c.Name), data, 0o600, os.Getuid())
	}
	if err != nil {
		_ = p.Signal(9)
		return nil, fmt.Errorf("remember %s: %w", c.Name, err)
	}
	s.log.Info("started", "child", c.Name, "pid", p.PID())
	return p, nil
}

// adopt takes the child over if it runs. Same is whether it was started as it would be now.
func adopt(dir string, c Child) (p *proc.Process, same, ok bool) {
	data, err := os.ReadFile(recordFile(dir, c.Name))
	if err != nil {
		return nil, false, false
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, false, false
	}
	if p, err = proc.Adopt(r.Process); err != nil {
		return nil, false, false
	}
	return p, r.Spec == hash(c.Spec), true
}

func (s *Supervisor) forget(name string) { _ = os.Remove(recordFile(s.dir, name)) }

// hash sums up how a child is started. The environment is left out: it holds only what the arguments don't decide.
func hash(s proc.Spec) string {
	text := fmt.Sprintf("%q %q %v", s.Path, s.Args, s.Credential)
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// lastLine is the last line of a child's log, for the sentence that says why it ended.
func lastLine(file string) string {
	data, err := os.ReadFile(file)
	if err != nil || len(data) == 0 {
		return "it said nothing"
	}
	if len(data) > 4096 {
		data = data[len(data)-4096:]
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return strings.ToValidUTF8(string(lines[len(lines)-1]), "?")
}
