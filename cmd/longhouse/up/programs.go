package up

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

// ownProgram copies this program to where parts with other user ids can run it, and where it stays when a newer one
// is built over it.
func (m *machine) ownProgram() error {
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	sum, err := m.install(self, "longhouse")
	m.sum = sum
	m.program = filepath.Join(filepath.Dir(m.layout.Release(sum)), "longhouse")
	return err
}

// Self returns the path of this program and its SHA-256.
func Self() (path, sum string, err error) {
	if path, err = os.Executable(); err != nil {
		return "", "", fmt.Errorf("find this program: %w", err)
	}
	sum, err = hashFile(path)
	return path, sum, err
}

// release copies the workspace-server beside this program to its place under its own hash, and describes it.
func (m *machine) release(ctx context.Context) (tenants.Release, error) {
	sum, installed, err := m.installedServer()
	if err != nil {
		return tenants.Release{}, err
	}
	version, err := exec.CommandContext(ctx, installed, "version").Output()
	if err != nil {
		return tenants.Release{}, fmt.Errorf("ask %s for its version: %w", installed, err)
	}
	capabilities, schema, err := abilities(ctx, installed)
	if err != nil {
		return tenants.Release{}, err
	}
	return tenants.Release{Engine: "longhouse", Channel: "stable", SHA256: sum, Path: installed, Version: strings.TrimSpace(string(version)),
		Capabilities: capabilities, Schema: schema}, nil
}

// abilities asks a workspace-server what it can, and to which schema it brings a database. One of before it could be asked can nothing,
// and its schema is 0.
func abilities(ctx context.Context, server string) (capabilities []string, schema int, err error) {
	can, err := asked(ctx, server, "capabilities")
	if err != nil {
		return nil, 0, err
	}
	said, err := asked(ctx, server, "schema")
	if err != nil || said == "" {
		return strings.Fields(can), 0, err
	}
	if schema, err = strconv.Atoi(strings.TrimSpace(said)); err != nil {
		return nil, 0, fmt.Errorf("ask %s for its schema: it said %q, which is no number", server, said)
	}
	return strings.Fields(can), schema, nil
}

// asked is what a workspace-server says to a verb, and "" where it refuses the verb.
func asked(ctx context.Context, server, verb string) (string, error) {
	said, err := exec.CommandContext(ctx, server, verb).Output()
	if refused := (*exec.ExitError)(nil); errors.As(err, &refused) && refused.Exited() {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("ask %s for its %s: %w", server, verb, err)
	}
	return string(said), nil
}

// installedServer puts the workspace-server to its place, if it is not there yet.
func (m *machine) installedServer() (sum, installed string, err error) {
	path, err := m.server()
	if err != nil {
		return "", "", err
	}
	if sum, err = m.install(path, "workspace-server"); err != nil {
		return "", "", err
	}
	return sum, m.layout.Release(sum), nil
}

// server finds the workspace-server binary.
func (m *machine) server() (string, error) {
	path := m.options.Server
	if path == "" {
		self, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("find this program: %w", err)
		}
		path = filepath.Join(filepath.Dir(self), "workspace-server")
	}
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "", fmt.Errorf("there is no workspace-server at %s: run `make build`, or name it with --workspace-server", path)
	}
	return path, nil
}

// install copies a program to DIR/releases/<sha-256 of it>/NAME and returns the hash. What is there already is right:
// a copy gets its name only when it is whole.
func (m *machine) install(from, name string) (string, error) {
	sum, err := hashFile(from)
	if err != nil {
		return "", err
	}
	to := filepath.Join(filepath.Dir(m.layout.Release(sum)), name)
	if _, err := os.Stat(to); err == nil {
		return sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	if err := os.Chmod(filepath.Dir(to), 0o755); err != nil { // whatever our umask is
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return "", fmt.Errorf("install %s: %w", name, err)
	}
	return sum, datadir.WriteFile(to, data, 0o755, os.Getuid())
}

func hashFile(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read a program: %w", err)
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// edgeToken makes the secret with which the edge opens the stream of routes. The control plane only has its hash.
func (m *machine) edgeToken() error {
	token, err := readOr(m.layout.EdgeToken(), func() string { return "lhe_" + rand.Text() + rand.Text() })
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(token))
	return errors.Join(
		datadir.WriteFile(m.layout.EdgeToken(), []byte(token), 0o600, m.layout.EdgeUID()),
		keepDNSKey(m.options, m.layout),
		datadir.WriteFile(m.layout.EdgeTokenHash(), []byte(hex.EncodeToString(sum[:])), 0o600, m.layout.ControlUID()),
	)
}
