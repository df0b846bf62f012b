package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is who PostgreSQL runs as: it refuses to run as root, so that root runs it as the system user `postgres`.
type account struct {
	uid, gid uint32
	switches bool // the caller is root and becomes someone else
}

func postgresAccount() (account, error) {
	if os.Geteuid() != 0 {
		return account{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return account{}, fmt.Errorf("the system user postgres, whom PostgreSQL runs as, does not exist: " +
			"install Debian's package postgresql, which makes it")
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("uid of the system user postgres: %w", err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return account{}, fmt.Errorf("gid of the system user postgres: %w", err)
	}
	return account{uid: uint32(uid), gid: uint32(gid), switches: true}, nil
}

// give hands a file or directory over to the account.
func (a account) give(path string) error {
	if !a.switches {
		return nil
	}
	return os.Lchown(path, int(a.uid), int(a.gid))
}

// run makes a command run as the account, out of reach of the terminal's Ctrl-C.
func (a account) run(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.switches {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
}

// enters tells which directory on the way to dir keeps the account out.
func (a account) enters(ctx context.Context, dir string) error {
	visit := exec.CommandContext(ctx, "/bin/true")
	visit.Dir = dir
	a.run(visit)
	if visit.Run() == nil {
		return nil
	}
	closed := dir
	for parent := filepath.Dir(dir); parent != "/"; parent = filepath.Dir(parent) {
		if info, err := os.Stat(parent); err == nil && info.Mode().Perm()&0o001 == 0 {
			closed = parent
		}
	}
	return fmt.Errorf("%s keeps the system user postgres out (no x for others): choose a data directory elsewhere, "+
		"or chmod o+x %s", closed, closed)
}
