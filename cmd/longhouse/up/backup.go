package up

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/archive"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/tenants"
)

// The names of parts, or what they begin with.
const (
	partControl   = "database/longhouse.dump"
	partTerraform = "database/terraform.dump"
	partKeys      = "keys/control/"
	partStoreKeys = "keys/store/"
	partFiles     = "files/"
	partReleases  = "releases/"
)

// recordWithin is for a line of the audit trail.
const recordWithin = 10 * time.Second

// The facts of a backup's manifest.
const (
	factData      = "data"       // the data directory; what is in the database names files in it
	factSchema    = "schema"     // version of the database's schema
	factPostgres  = "postgresql" // major release that the dumps are of
	factProgram   = "program"    // SHA-256 of the program that made the backup
	factWorkspace = "workspaces" // that are not deleted
	factOpen      = "open_operations"
	factMissing   = "keys_missing"       // keys that rows of storage name that was being made or removed, or is kept aside
	factElsewhere = "cells_without_keys" // whose keyrings are not in the backup
)

//go:embed backup.sql
var takeSnapshot string

// snapshot is a moment of the control plane's database.
type snapshot struct {
	name       string
	at         time.Time
	schema     int
	workspaces int64
	open       int64
	keys       namedKeys
	releases   []string // hashes of the releases that workspaces run
}

// Backup writes everything that the control plane of a data directory needs to be restored into the file to, while it runs
// or not.
func Backup(ctx context.Context, layout datadir.Layout, to string, recipients []age.Recipient, log *slog.Logger) (m archive.Manifest, err error) {
	settings, err := layout.ReadSettings()
	if err != nil {
		return m, err
	}
	layout.UIDBase = settings.UIDBase
	machine := &machine{layout: layout, settings: settings, log: log}
	rest, err := machine.wakeDatabase(ctx)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, rest()) }()
	m, err = machine.backup(ctx, to, recipients)
	return m, errors.Join(err, machine.recordBackup(ctx, tenants.Backup{File: to, At: m.MadeAt, Readers: readers(recipients), Failure: err}))
}

func (m *machine) backup(ctx context.Context, to string, recipients []age.Recipient) (archive.Manifest, error) {
	dir, err := os.MkdirTemp(m.layout.Root, "backup-") // 0700
	if err != nil {
		return archive.Manifest{}, fmt.Errorf("make a folder for dumps: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	at, parts, err := m.collect(ctx, dir)
	if err != nil {
		return archive.Manifest{}, err
	}
	facts, err := m.facts(at)
	if err != nil {
		return archive.Manifest{}, err
	}
	maps.Copy(facts, at.keys.facts(parts))
	return archive.Write(to, recipients, at.at, facts, parts)
}

// recordBackup tells the audit trail, also of what failed, where its database can be reached at all.
func (m *machine) recordBackup(ctx context.Context, b tenants.Backup) error {
	if info, err := os.Stat(b.File); err == nil && b.Failure == nil {
		b.Bytes = info.Size()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	domain, err := m.openDomain(ctx)
	if err == nil {
		defer domain.close()
		err = domain.BackedUp(ctx, b)
	}
	if err != nil {
		return fmt.Errorf("write the backup into the audit trail: %w", err)
	}
	return nil
}

// readers are the public keys that open an archive.
func readers(recipients []age.Recipient) (names []string) {
	for _, r := range recipients {
		if key, ok := r.(*age.X25519Recipient); ok {
			names = append(names, key.String())
		} else {
			names = append(names, "passphrase")
		}
	}
	return names
}

// wakeDatabase starts the control plane's cluster where it doesn't run, and returns what ends it again.
func (m *machine) wakeDatabase(ctx context.Context) (rest func() error, err error) {
	cluster := m.controlCluster()
	if cluster.Alive(ctx) == nil {
		return func() error { return nil }, nil
	}
	lock, err := m.layout.Acquire()
	if err != nil {
		return nil, fmt.Errorf("the control plane's PostgreSQL does not answer: %w", err)
	}
	if err = m.supervise(); err == nil {
		err = m.keepDatabase(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return func() error {
		return errors.Join(m.children.Stop(context.WithoutCancel(ctx), "pg-control"), lock.Close())
	}, nil
}

func (m *machine) keepDatabase(ctx context.Context) error {
	child, err := m.cluster(ctx, "pg-control", m.controlCluster())
	if err != nil {
		return err
	}
	return m.children.Keep(ctx, child)
}

// collect takes the keys after the snapshot: storage that is in use, or ready for it, had its key made before its row said so.
// Where a key is gone, as its workspace was deleted in between, a new snapshot no longer names it.
func (m *machine) collect(ctx context.Context, dir string) (at snapshot, parts []archive.Part, err error) {
	for range 3 {
		if at, parts, err = m.collectOnce(ctx, dir); err != nil {
			return at, nil, err
		}
		missing := lacking(at.keys.needed, parts)
		if len(missing) == 0 {
			return at, parts, nil
		}
		err = fmt.Errorf("storage is in use whose keys the keyring does not have: %s", strings.Join(missing, ", "))
	}
	return at, nil, err
}

func (m *machine) collectOnce(ctx context.Context, dir string) (at snapshot, parts []archive.Part, err error) {
	if at, err = m.dumpControl(ctx, filepath.Join(dir, "longhouse.dump")); err != nil {
		return at, nil, err
	}
	terraform, err := readOr(m.layout.TerraformDatabase(), func() string { return "" })
	if err != nil {
		return at, nil, err
	}
	file := filepath.Join(dir, "terraform.dump")
	if err := m.controlCluster().Tool(ctx, "pg_dump", terraform, "--format=custom", "--file="+file); err != nil {
		return at, nil, fmt.Errorf("dump terraform's state: %w", err)
	}
	parts = []archive.Part{{Name: partControl, File: filepath.Join(dir, "longhouse.dump")}, {Name: partTerraform, File: file}}
	for prefix, folder := range map[string]string{partKeys: m.layout.ControlKeys(), partStoreKeys: m.layout.StoreKeys()} {
		more, err := secretsIn(folder, prefix)
		if err != nil {
			return at, nil, err
		}
		parts = append(parts, more...)
	}
	for _, f := range savedFiles(m.layout) {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return at, nil, fmt.Errorf("read a file of the control plane: %w", err)
		}
		parts = append(parts, archive.Part{Name: f.part(m.layout), Data: data})
	}
	for _, sum := range at.releases {
		parts = append(parts, archive.Part{Name: partReleases + sum + "/workspace-server", File: m.layout.Release(sum)})
	}
	return at, parts, nil
}

// dumpControl dumps the database as of a snapshot, and says what was in it.
func (m *machine) dumpControl(ctx context.Context, file string) (at snapshot, err error) {
	url, err := readOr(m.layout.ControlDatabase(), func() string { return "" })
	if err != nil {
		return at, err
	}
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return at, fmt.Errorf("reach the control plane's database: %w", db.Plainly(err))
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	if err != nil {
		return at, fmt.Errorf("begin a snapshot: %w", err)
	}
	if at, err = snapshotIn(ctx, tx); err != nil {
		return at, err
	}
	err = m.controlCluster().Tool(ctx, "pg_dump", url, "--format=custom", "--snapshot="+at.name, "--file="+file)
	if err != nil {
		return at, fmt.Errorf("dump the control plane's database: %w", err)
	}
	return at, tx.Rollback(ctx)
}

func snapshotIn(ctx context.Context, tx pgx.Tx) (at snapshot, err error) {
	err = tx.QueryRow(ctx, takeSnapshot, cellName).Scan(&at.name, &at.at, &at.schema, &at.workspaces, &at.open,
		&at.keys.needed, &at.keys.unsettled, &at.keys.elsewhere, &at.releases)
	if err != nil {
		return at, fmt.Errorf("take a snapshot: %w", err)
	}
	return at, nil
}

func (m *machine) facts(at snapshot) (map[string]string, error) {
	major, err := m.controlCluster().Major()
	if err != nil {
		return nil, err
	}
	_, sum, err := Self()
	if err != nil {
		return nil, err
	}
	return map[string]string{factData: m.layout.Root, factSchema: strconv.Itoa(at.schema), factPostgres: strconv.Itoa(major), factProgram: sum,
		factWorkspace: strconv.FormatInt(at.workspaces, 10), factOpen: strconv.FormatInt(at.open, 10)}, nil
}

// secretsIn are the files of a keyring. A name that begins with a dot is one that is being written.
func secretsIn(folder, prefix string) (parts []archive.Part, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if errors.Is(err, os.ErrNotExist) { // destroyed a moment ago
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read a key: %w", err)
		}
		parts = append(parts, archive.Part{Name: prefix + e.Name(), Data: data})
	}
	return parts, nil
}

// savedFile is a file of the control plane that is neither a key nor a database.
type savedFile struct {
	path  string
	owner int
	mode  os.FileMode
}

// savedFiles lists them. What each start makes anew is not among them.
func savedFiles(l datadir.Layout) []savedFile {
	return []savedFile{
		{l.SettingsFile(), 0, 0o644},
		{l.ControlDatabase(), l.ControlUID(), 0o600}, {l.CellDatabase(), l.ControlUID(), 0o600},
		{l.CellStoreSecret(), l.ControlUID(), 0o600}, {l.EdgeTokenHash(), l.ControlUID(), 0o600},
		{l.EdgeToken(), l.EdgeUID(), 0o600},
		{l.ControlPassword(), 0, 0o600}, {l.CellPassword(), 0, 0o600}, {l.TerraformDatabase(), 0, 0o600}, {l.OperatorToken(), 0, 0o600},
	}
}

func (f savedFile) part(l datadir.Layout) string {
	return partFiles + filepath.ToSlash(strings.TrimPrefix(f.path, l.Root+"/"))
}
