//go:build faults

package provisioner

import (
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
)

// faults are what LONGHOUSE_FAULT asks for, separated by commas: `kill:KIND/STEP/WHERE` ends this process as kill -9
// does, `stop:KIND/STEP/WHERE` halts it until somebody sends SIGCONT, and `fail:KIND/STEP/WHERE` fails the step for
// good. WHERE is before, in or after; a step that is being taken back is called undo-STEP.
var faults = strings.Split(os.Getenv("LONGHOUSE_FAULT"), ",")

func fault(point, where string) error {
	place := point + "/" + where
	switch {
	case slices.Contains(faults, "kill:"+place):
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case slices.Contains(faults, "stop:"+place):
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case slices.Contains(faults, "fail:"+place):
		return permanent{errors.New("told to fail by LONGHOUSE_FAULT")}
	}
	return nil
}
