package up

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/strictjson"
)

// Upgrade is what DIR/run/upgrade.json holds: what `longhouse upgrade` asks for, and then what came of it.
type Upgrade struct {
	Program string `json:"program"`          // path of the program to become
	Failed  string `json:"failed,omitempty"` // why the program that ran before goes on
}

// predecessor is the program that became this one by execve: the process, and with it who watches us, stays the same. It is
// what we become again when this program can't bring everything up.
type predecessor struct {
	Program string `json:"program"` // empty: it has failed, this is the program before it, and there is no way back
	Server  string `json:"server"`  // the workspace-server that the program to go back to has brought, or that we go on with
}

// predecessorVariable tells a program that it has taken over, and from whom.
const predecessorVariable = "LONGHOUSE_PREDECESSOR"

func takePredecessor() *predecessor {
	text := os.Getenv(predecessorVariable)
	_ = os.Unsetenv(predecessorVariable)
	return parsePredecessor(text)
}

// parsePredecessor returns nil for what no program of ours wrote: then nobody was there before. What it names is executed.
func parsePredecessor(text string) *predecessor {
	var f predecessor
	if strictjson.Check([]byte(text), 1) != nil || json.Unmarshal([]byte(text), &f) != nil {
		return nil
	}
	for _, file := range []string{f.Program, f.Server} {
		if file != "" && (!filepath.IsAbs(file) || filepath.Clean(file) != file) {
			return nil
		}
	}
	return &f
}

// goOnWith is the workspace-server of a program that was returned to: what lies at its usual place by now may be that of
// the program that failed. Arguments are no way to tell it, as each next program gets those of this one.
func (f *predecessor) goOnWith(usual string) string {
	if f != nil && f.Program == "" && f.Server != "" {
		return f.Server
	}
	return usual
}

// unannounceFirst leaves up.json where everything goes on answering while the next program comes up.
func (m *machine) unannounceFirst() error {
	if m.predecessor != nil {
		return nil
	}
	return m.unannounce()
}

// stay keeps everything up until ctx ends or this process becomes another program.
func (m *machine) stay(ctx context.Context, handOver <-chan os.Signal) error {
	for {
		select {
		case <-ctx.Done():
			return m.stop()
		case <-handOver:
			if err := m.become(ctx); err != nil {
				m.log.Error("upgrade refused", "error", err)
				m.answer(err)
			}
		}
	}
}

// become only returns when it failed. The children go on, and the next program adopts them.
func (m *machine) become(ctx context.Context) error {
	next, err := ReadUpgrade(m.layout)
	if err != nil {
		return err
	}
	_, server, err := m.installedServer()
	if err != nil {
		return err
	}
	again, err := m.makeRoom(ctx, next.Program)
	if err != nil {
		return err
	}
	return errors.Join(execute(next.Program, os.Args[1:], predecessor{Program: m.program, Server: server}), again(ctx))
}

// goBack makes this process the program that it was before when it took over and can't do its work. It returns err where
// that is not possible.
func (m *machine) goBack(err error) error {
	if m.predecessor == nil || m.predecessor.Program == "" {
		return err
	}
	err = errors.Join(err, m.unannounce())
	m.answer(err)
	m.log.Error("the upgrade failed, going back to the program before", "error", err)
	if m.children != nil { // it starts workers of its own, and an earlier one knows of none beside the API
		err = errors.Join(err, m.children.Undo(context.Background(), working(m.layout)...))
	}
	return errors.Join(err, m.predecessor.furnish(), execute(m.predecessor.Program, os.Args[1:], predecessor{Server: m.predecessor.Server}))
}

// furnish puts the server beside the program, where one that doesn't know goOnWith looks for it.
func (f *predecessor) furnish() error {
	err := os.Link(f.Server, filepath.Join(filepath.Dir(f.Program), "workspace-server"))
	if err != nil && !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("put the workspace-server beside the program before: %w", err)
	}
	return nil
}

// answer tells `longhouse upgrade` why nothing came of it.
func (m *machine) answer(failed error) {
	asked, err := ReadUpgrade(m.layout)
	if err == nil {
		asked.Failed = failed.Error()
		err = WriteUpgrade(m.layout, asked)
	}
	if err != nil {
		m.log.Error("can't tell why the upgrade failed", "error", err)
	}
}

func execute(program string, args []string, f predecessor) error {
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("encode the program before: %w", err)
	}
	argv := append([]string{program}, args...)
	if err := syscall.Exec(program, argv, append(os.Environ(), predecessorVariable+"="+string(text))); err != nil {
		return fmt.Errorf("become %s: %w", program, err)
	}
	return nil
}

// ReadUpgrade returns what was asked for last.
func ReadUpgrade(layout datadir.Layout) (u Upgrade, err error) {
	data, err := os.ReadFile(layout.UpgradeFile())
	if err == nil {
		err = json.Unmarshal(data, &u)
	}
	if err != nil {
		return u, fmt.Errorf("read what to upgrade to: %w", err)
	}
	return u, nil
}

// WriteUpgrade asks for an upgrade, or says what came of it.
func WriteUpgrade(layout datadir.Layout, u Upgrade) error {
	data, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encode an upgrade: %w", err)
	}
	return datadir.WriteFile(layout.UpgradeFile(), data, 0o600, os.Getuid())
}
