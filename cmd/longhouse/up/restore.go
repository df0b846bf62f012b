package up

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/longhouse-dev/longhouse/internal/archive"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/internal/supervisor"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Restore is a restore of the control plane onto a data directory.
type Restore struct {
	From       string
	Identities []age.Identity
	Data       string
	// Replace moves what is there of a control plane aside, instead of refusing.
	Replace bool
}

// Restored says what came of it.
type Restored struct {
	Manifest archive.Manifest
	Begun    bool   // something was changed
	Aside    string // where what was there before is; empty: nothing was
}

// Run restores. It touches nothing of the cells: databases of workspaces, objects and instances stay as they are, and the
// worker that starts next compares the restored database with them.
func (o Restore) Run(ctx context.Context, log *slog.Logger) (done Restored, err error) {
	layout := datadir.Layout{Root: o.Data}
	if err := o.free(layout); err != nil {
		return done, err
	}
	staging, err := os.MkdirTemp(filepath.Dir(o.Data), "."+filepath.Base(o.Data)+".restore-") // 0700
	if err != nil {
		return done, fmt.Errorf("make a folder to unpack to: %w", err)
	}
	defer func() { _ = os.RemoveAll(staging) }()
	if done.Manifest, err = archive.Unpack(o.From, o.Identities, staging); err != nil {
		return done, err
	}
	if err := o.fits(ctx, done.Manifest); err != nil {
		return done, err
	}
	m := &machine{layout: layout, log: log}
	if m.settings, err = (datadir.Layout{Root: filepath.Join(staging, partFiles)}).ReadSettings(); err != nil {
		return done, fmt.Errorf("the backup's settings: %w", err)
	}
	m.layout.UIDBase = m.settings.UIDBase
	if err := m.layout.Make(); err != nil {
		return done, err
	}
	lock, err := m.layout.Acquire()
	if err != nil {
		return done, err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	done.Begun = true
	if done.Aside, err = m.clear(ctx); err != nil {
		return done, err
	}
	if err := m.layout.Make(); err != nil {
		return done, err
	}
	if err := m.place(staging); err != nil {
		return done, err
	}
	return done, m.load(ctx, staging, done.Manifest.MadeAt)
}

// free refuses a directory in use, before anything is unpacked.
func (o Restore) free(layout datadir.Layout) error {
	if _, err := os.Stat(layout.Lock()); err == nil {
		lock, err := layout.Acquire()
		if err != nil {
			return fmt.Errorf("%w: stop it first", err)
		}
		if err := lock.Close(); err != nil {
			return fmt.Errorf("give the lock back: %w", err)
		}
	}
	for _, path := range controlPlane(layout) {
		if entries, err := os.ReadDir(path); err == nil && len(entries) == 0 {
			continue
		}
		if _, err := os.Lstat(path); err == nil && !o.Replace {
			return fmt.Errorf("%s holds a control plane already (%s): `--replace` moves it aside, and leaves the workspaces' data alone", layout.Root, path)
		}
	}
	return nil
}

// controlPlane is what a restore brings, and what it replaces.
func controlPlane(l datadir.Layout) []string {
	return []string{l.ControlCluster(), filepath.Dir(l.ControlKeys()), filepath.Dir(l.OperatorToken()), l.SettingsFile(), l.EdgeToken()}
}

// fits refuses a backup that this version or machine can't work with.
func (o Restore) fits(ctx context.Context, m archive.Manifest) error {
	if data := m.Facts[factData]; data != o.Data {
		return fmt.Errorf("the backup is of %s, and what is in it names files there: restore it to a directory of that path, not to %s", data, o.Data)
	}
	made, err := strconv.Atoi(m.Facts[factPostgres])
	if err != nil {
		return fmt.Errorf("the backup names PostgreSQL %q", m.Facts[factPostgres])
	}
	installed, err := embedded.Newest(ctx)
	if err != nil {
		return err
	}
	if installed < made {
		return fmt.Errorf("the backup was made with PostgreSQL %d, and the newest one installed is %d: install Debian's package postgresql-%d", made, installed, made)
	}
	schema, err := strconv.Atoi(m.Facts[factSchema])
	if err != nil {
		return fmt.Errorf("the backup names schema %q", m.Facts[factSchema])
	}
	known, err := db.Version(tenants.Migrations())
	if err != nil {
		return err
	}
	if schema > known {
		return fmt.Errorf("%w: the backup has schema %d, and this version of Longhouse knows %d: restore it with the version that made it", db.ErrNewerSchema, schema, known)
	}
	return nil
}

// clear ends what still runs of the control plane and moves its files aside. Edge, store, databases and instances of the
// workspaces go on.
func (m *machine) clear(ctx context.Context) (aside string, err error) {
	if m.children, err = supervisor.New(m.layout.Children(), m.log); err != nil {
		return "", err
	}
	if err := m.children.Stop(ctx, append(working(m.layout), "control", "pg-control")...); err != nil {
		return "", err
	}
	for _, path := range controlPlane(m.layout) {
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			continue
		}
		if aside == "" {
			aside = m.layout.ReplacedAt(time.Now())
			if err := os.Mkdir(aside, 0o700); err != nil {
				return "", fmt.Errorf("make a folder for what is replaced: %w", err)
			}
		}
		name := strings.ReplaceAll(strings.TrimPrefix(path, m.layout.Root+"/"), "/", "-")
		if err := os.Rename(path, filepath.Join(aside, name)); err != nil {
			return "", fmt.Errorf("move what is replaced aside: %w", err)
		}
	}
	return aside, nil
}

// place puts files, keys and releases to where they belong. Keys of the object store only go where there is none: one that
// was destroyed after the backup stays destroyed.
func (m *machine) place(staging string) error {
	for _, f := range savedFiles(m.layout) {
		if err := m.placeFile(filepath.Join(staging, f.part(m.layout)), f.path, f.mode, f.owner); err != nil {
			return err
		}
	}
	if err := m.placeAll(filepath.Join(staging, partKeys), m.layout.ControlKeys(), m.layout.ControlUID()); err != nil {
		return err
	}
	if kept, err := os.ReadDir(m.layout.StoreKeys()); err != nil || len(kept) == 0 {
		if err := m.placeAll(filepath.Join(staging, partStoreKeys), m.layout.StoreKeys(), m.layout.StoreUID()); err != nil {
			return err
		}
	}
	programs, err := filepath.Glob(filepath.Join(staging, partReleases, "*", "workspace-server"))
	if err != nil {
		return fmt.Errorf("list releases: %w", err)
	}
	for _, program := range programs {
		if sum, err := m.install(program, "workspace-server"); err != nil || sum != filepath.Base(filepath.Dir(program)) {
			return errors.Join(err, fmt.Errorf("the release %s in the backup is another program", filepath.Base(filepath.Dir(program))))
		}
	}
	return nil
}

func (m *machine) placeAll(from, to string, owner int) error {
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("list what is restored: %w", err)
	}
	for _, e := range entries {
		if err := m.placeFile(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()), 0o600, owner); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) placeFile(from, to string, mode os.FileMode, owner int) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("read what is restored: %w", err)
	}
	if owner == 0 {
		owner = os.Getuid()
	}
	return datadir.WriteFile(to, data, mode, owner)
}

// load fills new databases from the dumps, brings them to this version's schema, and tells the domain.
func (m *machine) load(ctx context.Context, staging string, madeAt time.Time) (err error) {
	if err := m.keepDatabase(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.children.Stop(context.WithoutCancel(ctx), "pg-control")) }()
	cluster := m.controlCluster()
	for _, d := range []struct {
		name, file, dump string
		owner            int
	}{
		{"longhouse", m.layout.ControlDatabase(), partControl, m.layout.ControlUID()},
		{"terraform", m.layout.TerraformDatabase(), partTerraform, os.Getuid()},
	} {
		url, err := m.ensureDatabase(ctx, cluster, d.name, d.file, d.owner)
		if err != nil {
			return err
		}
		err = cluster.Tool(ctx, "pg_restore", url, "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", "--dbname="+d.name, filepath.Join(staging, d.dump))
		if err != nil {
			return fmt.Errorf("load database %s: %w", d.name, err)
		}
	}
	return m.tellDomain(ctx, madeAt)
}

func (m *machine) tellDomain(ctx context.Context, madeAt time.Time) error {
	domain, err := m.migratedDomain(ctx)
	if err != nil {
		return err
	}
	defer domain.close()
	keys, err := keyring.Open(m.layout.ControlKeys())
	if err != nil {
		return err
	}
	seed, err := keys.Get(datadir.AuditKey)
	if err != nil {
		return err
	}
	return domain.Restored(ctx, madeAt, ed25519.NewKeyFromSeed(seed))
}
