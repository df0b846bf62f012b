package embedded

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// create makes the cluster beside its place and renames it there, so that a half-made cluster is never taken for one.
func (c Cluster) create(ctx context.Context, bin Postgres, as account) error {
	password, err := c.keepPassword()
	if err != nil {
		return err
	}
	staging := c.Dir + ".new"
	if err := os.RemoveAll(staging); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.Dir), 0o711); err != nil {
		return err
	}
	if err := os.Mkdir(staging, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(staging)
	if err := as.give(staging); err != nil {
		return err
	}
	if err := as.enters(ctx, staging); err != nil {
		return err
	}
	passwordFile := filepath.Join(staging, "password")
	if err := writeFor(as, passwordFile, []byte(password)); err != nil {
		return err
	}
	if err := c.initdb(ctx, bin, as, filepath.Join(staging, "data"), passwordFile); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(staging, "data"), c.Dir); err != nil {
		return err
	}
	return syncDir(filepath.Dir(c.Dir))
}

func (c Cluster) initdb(ctx context.Context, bin Postgres, as account, dir, passwordFile string) error {
	args := []string{
		"--pgdata", dir, "--username", Superuser, "--pwfile", passwordFile, "--auth", "scram-sha-256",
		"--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums", "--no-instructions",
	}
	if c.Volatile {
		args = append(args, "--no-sync")
	}
	cmd := exec.CommandContext(ctx, bin.path("initdb"), args...)
	cmd.Env, cmd.Dir = plainEnv(), "/"
	as.run(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, Complaint(string(out)))
	}
	return nil
}

// keepPassword returns the superuser's password, which is made and written down before anything depends on it.
func (c Cluster) keepPassword() (string, error) {
	kept, err := os.ReadFile(c.PasswordFile)
	if err == nil && len(kept) > 0 {
		return strings.TrimSpace(string(kept)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	password := rand.Text()
	return password, replaceFile(c.PasswordFile, []byte(password), account{})
}

// writeFor makes a new file that the account alone may read.
func writeFor(as account, path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close(), as.give(path))
}

// replaceFile swaps a file's content in one step. It follows no link, since the directory may belong to the account.
func replaceFile(path string, content []byte, as account) error {
	next := path + ".new"
	if err := os.Remove(next); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := writeFor(as, next, content); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// plainEnv keeps what the caller has in its environment from reaching PostgreSQL.
func plainEnv() []string {
	return []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "TZ=UTC"}
}

// Complaint is the first line of a program's output that says what went wrong.
func Complaint(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, line := range lines {
		if strings.Contains(line, "error:") || strings.Contains(line, "FATAL") {
			return strings.TrimSpace(line)
		}
	}
	return lines[len(lines)-1]
}
