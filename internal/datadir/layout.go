// Package datadir is the layout of the directory in which `longhouse up` keeps everything of one machine: which part
// is where, whose it is, and who may enter. It never reads what the parts keep there.
package datadir

import (
	"os"
	"path/filepath"
)

// Layout is a data directory. The directory itself is 0711, so that parts with user ids of their own reach what is
// theirs and can't list the rest; what is in it is 0700 unless it has to be entered by others.
type Layout struct {
	Root string
	// UIDBase is the first of the user ids that parts run under when Longhouse runs as root. They have no entry in
	// the system's user database, and a group of the same number each.
	UIDBase int
}

// DefaultUIDBase keeps clear of real users (up to 60000) and of the ranges for containers (100000, 165536, ...).
const DefaultUIDBase = 300000

// AuditKey is the key in ControlKeys that signs the audit trail.
const AuditKey = "audit-signing"

// The user ids of the parts. Everything runs as the caller when that is not root.
func (l Layout) EdgeUID() int    { return l.UIDBase }
func (l Layout) StoreUID() int   { return l.UIDBase + 1 }
func (l Layout) ControlUID() int { return l.UIDBase + 2 }
func (l Layout) MailUID() int    { return l.UIDBase + 3 }

// FirstInstanceUID is where the user ids of workspaces begin.
func (l Layout) FirstInstanceUID() int { return l.UIDBase + 100 }

// AsRoot reports whether parts get user ids of their own.
func AsRoot() bool { return os.Geteuid() == 0 }

func (l Layout) path(parts ...string) string {
	return filepath.Join(append([]string{l.Root}, parts...)...)
}

// What lies where.
func (l Layout) Lock() string           { return l.path("up.lock") }
func (l Layout) UpFile() string         { return l.path("up.json") }
func (l Layout) UpgradeFile() string    { return l.path("run", "upgrade.json") }
func (l Layout) SettingsFile() string   { return l.path("config.toml") }
func (l Layout) Children() string       { return l.path("run", "children") }
func (l Layout) Log(name string) string { return l.path("logs", name+".log") }

func (l Layout) ControlCluster() string { return l.path("pg", "control") }
func (l Layout) ControlSocket() string  { return l.path("run", "pg-control") }
func (l Layout) CellCluster() string    { return l.path("pg", "cell") }
func (l Layout) CellSocket() string     { return l.path("run", "pg-cell") }

func (l Layout) StoreDir() string    { return l.path("objects", "data") }
func (l Layout) StoreKeys() string   { return l.path("objects", "keys") }
func (l Layout) StoreSocket() string { return l.path("run", "store", "admin.sock") }

func (l Layout) MailDir() string       { return l.path("mail") }
func (l Layout) MailAddresses() string { return l.path("mail", "addresses.json") }

func (l Layout) EdgeDir() string    { return l.path("edge", "state") }
func (l Layout) EdgeToken() string  { return l.path("edge", "token") }
func (l Layout) EdgeDNSKey() string { return l.path("edge", "dns-key") }
func (l Layout) EdgeSocket() string { return l.path("run", "edge", "admin.sock") }

func (l Layout) ControlKeys() string              { return l.path("control", "keys") }
func (l Layout) ControlDatabase() string          { return l.path("control", "database.url") }
func (l Layout) CellDatabase() string             { return l.path("control", "cell.url") }
func (l Layout) CellStoreSecret() string          { return l.path("control", "cell-store.secret") }
func (l Layout) ControlTerraformDatabase() string { return l.path("control", "terraform.url") }
func (l Layout) WorkerLock() string               { return l.path("control", "worker.lock") }
func (l Layout) EdgeTokenHash() string            { return l.path("control", "edge-token.sha256") }

// RolesDir is where the processes that run roles of the control plane are asked how they are, each on a socket of its name.
func (l Layout) RolesDir() string              { return l.path("run", "roles") }
func (l Layout) RoleSocket(name string) string { return l.path("run", "roles", name+".sock") }

// WorkspacesSocket is where workspaces ask the control plane, by connections that the agent hands them.
func (l Layout) WorkspacesSocket() string { return l.path("run", "workspaces", "control.sock") }

func (l Layout) ControlPassword() string   { return l.path("secrets", "pg-control.password") }
func (l Layout) CellPassword() string      { return l.path("secrets", "pg-cell.password") }
func (l Layout) TerraformDatabase() string { return l.path("secrets", "terraform.url") }
func (l Layout) OperatorToken() string     { return l.path("secrets", "operator.token") }

func (l Layout) TerraformDir() string        { return l.path("terraform") }
func (l Layout) ControlTerraformDir() string { return l.path("control", "terraform") }
func (l Layout) Release(sha256 string) string {
	return l.path("releases", sha256, "workspace-server")
}
