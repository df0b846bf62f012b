//go:build faults

package provisioner

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// faults are what LONGHOUSE_FAULT asks for, separated by commas: `kill:KIND/STEP/WHERE` ends this process as kill -9
// does, `stop:KIND/STEP/WHERE` halts it until somebody sends SIGCONT, and `fail:KIND/STEP/WHERE` fails the step for
// good. `hang:KIND/STEP/in` and `panic:KIND/STEP/in` do what they say. WHERE is before, in or after; a step that is
// being taken back is called undo-STEP. With @TENANT behind it a fault strikes operations of that tenant only. With @FILE it is the
// file that says all this, which is read each time.
func faults() []string {
	text := os.Getenv("LONGHOUSE_FAULT")
	if file, ok := strings.CutPrefix(text, "@"); ok {
		data, _ := os.ReadFile(file) // without it there are none
		text = strings.TrimSpace(string(data))
	}
	return strings.Split(text, ",")
}

func fault(ctx context.Context, r *Run, where string) error {
	told := func(what string) bool {
		place, faults := what+":"+r.point+"/"+where, faults()
		return slices.Contains(faults, place) || r.op.Tenant != nil && slices.Contains(faults, place+"@"+id.Show(id.Tenant, *r.op.Tenant))
	}
	switch {
	case told("kill"):
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case told("stop"):
		// Told to the process, another thread may be the one that stops it, and this one go on for a moment.
		runtime.LockOSThread()
		_ = unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
		runtime.UnlockOSThread()
	case told("fail"):
		return permanent{errors.New("told to fail by LONGHOUSE_FAULT")}
	case told("panic"):
		panic("told to panic by LONGHOUSE_FAULT")
	case told("hang"):
		for told("hang") {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(50 * time.Millisecond):
			}
		}
		return errors.New("told to hang by LONGHOUSE_FAULT, for a while")
	}
	return nil
}
