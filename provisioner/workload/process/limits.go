package process

import (
	"fmt"
	"syscall"
)

// maxOpenFiles is for the agent and for each instance: web sockets and database connections, each a descriptor.
const maxOpenFiles = 65536

// limitChildren lowers our own limits, which every instance inherits. They are set here rather than on the child
// because root without CAP_SYS_RESOURCE, as in many containers, may not set those of another user's process. No
// core files: they would hold secrets.
func limitChildren() error {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("read the limit of open files: %w", err)
	}
	files.Max = min(files.Max, maxOpenFiles)
	files.Cur = files.Max
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("limit open files to %d: %w", files.Max, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}); err != nil {
		return fmt.Errorf("forbid core files: %w", err)
	}
	return nil
}
