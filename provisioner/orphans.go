package provisioner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
)

// Orphan is something that nobody looks after: a difference between a cell and the domain, or a row that is on its way
// and that no operation moves.
type Orphan struct {
	Kind   string `json:"kind"` // database, role, bucket, credential, key, instance, backups, storage, workspace, or folder
	Name   string `json:"name"` // as the cell, or the data directory, knows it, or the row's public id
	Why    string `json:"why"`
	Remedy string `json:"remedy,omitempty"` // the command that removes it, and all that belongs to it, for good
}

// Why something is an orphan.
const (
	unowned    = "no row owns it"
	missing    = "a row names it, and it is not there"
	unattended = "it is on its way, and no operation moves it"
	setAside   = "it was blank or being made when the backup was made from which the control plane was restored, so that a workspace may use it since, or its workspace was closed without its database; it is kept, and given to nobody"
)

// Sweep compares all cells that this worker reaches with the domain. While operations run it also finds what they are
// about to write down, so that only what it finds twice, some time apart, means something. A cell that can't be looked at keeps
// nothing of what is in the others back.
func (e *Engine) Sweep(ctx context.Context) (found []Orphan, failed error) {
	found = []Orphan{}
	for _, cell := range e.cells.all() {
		more, err := e.orphans(ctx, cell)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("look at cell %s: %w", id.Show(id.Cell, cell.ID), err))
			continue
		}
		for i, o := range more {
			if o.Kind == "database" && o.Why == unowned || o.Why == setAside {
				more[i].Remedy = fmt.Sprintf("longhouse cells discard %s %s", id.Show(id.Cell, cell.ID), o.Name)
			}
		}
		// An instance that nobody owns is seen from every cell of its machine.
		found = append(found, slices.DeleteFunc(more, func(o Orphan) bool { return slices.Contains(found, o) })...)
	}
	return found, failed
}

func (e *Engine) orphans(ctx context.Context, cell *Cell) ([]Orphan, error) {
	q := dbsql.New(e.pool)
	storages, err := q.ListStorages(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list storages: %w", err)
	}
	instances, err := q.ListOpenInstances(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	is, err := inCell(ctx, cell)
	if err != nil {
		return nil, err
	}
	others, err := othersInstances(ctx, q, cell)
	if err != nil {
		return nil, err
	}
	is["instance"] = without(is["instance"], others)
	left, err := leftBehind(ctx, q, cell)
	return append(compare(owed(storages, instances), is), left...), err
}

// othersInstances are those of other cells, which may run on the same machine.
func othersInstances(ctx context.Context, q *dbsql.Queries, cell *Cell) (names []string, err error) {
	list, err := q.OthersInstances(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list the instances of other cells: %w", err)
	}
	for _, in := range list {
		names = append(names, id.Show(id.Instance, in))
	}
	return names, nil
}

// leftBehind are the rows that should be on their way to somewhere, and that no operation is about.
func leftBehind(ctx context.Context, q *dbsql.Queries, cell *Cell) (found []Orphan, err error) {
	storages, err := q.UnattendedStorages(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list unattended storages: %w", err)
	}
	for _, s := range storages {
		found = append(found, Orphan{Kind: "storage", Name: id.Show(id.Storage, s), Why: unattended})
	}
	kept, err := q.QuarantinedStorages(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list storages that are kept aside: %w", err)
	}
	for _, name := range kept {
		found = append(found, Orphan{Kind: "storage", Name: name, Why: setAside})
	}
	workspaces, err := q.UnattendedWorkspaces(ctx, cell.ID)
	if err != nil {
		return nil, fmt.Errorf("list unattended workspaces: %w", err)
	}
	for _, w := range workspaces {
		found = append(found, Orphan{Kind: "workspace", Name: id.Show(id.Workspace, w), Why: unattended})
	}
	return found, nil
}

// things are names by kind.
type things map[string][]string

// owed is what must be in a cell for these rows.
func owed(storages []dbsql.Storage, instances []dbsql.Instance) things {
	t := things{}
	for _, s := range storages {
		t["database"] = append(t["database"], s.DatabaseName)
		t["role"] = append(t["role"], s.RoleName)
		t["bucket"] = append(t["bucket"], s.FilesBucket, s.ExportsBucket)
		t["credential"] = append(t["credential"], s.FilesAccess, s.ExportsAccess)
		t["key"] = append(t["key"], s.KeyName)
		t["backups"] = append(t["backups"], id.Show(id.Storage, s.ID))
	}
	for _, in := range instances {
		t["instance"] = append(t["instance"], id.Show(id.Instance, in.ID))
	}
	return t
}

// inCell is what there is in a cell that could be a workspace's.
func inCell(ctx context.Context, cell *Cell) (things, error) {
	t := things{}
	var err error
	if t["database"], t["role"], err = owned(ctx, cell.Databases); err != nil {
		return nil, err
	}
	buckets, err := cell.Objects.Buckets(ctx)
	if err != nil {
		return nil, fmt.Errorf("list buckets: %w", err)
	}
	own := []string{cell.Outputs.ObjectStore.BackupBucket, cell.Outputs.ObjectStore.ArchiveBucket}
	var ownAccess, ownKeys []string
	for _, b := range buckets {
		if slices.Contains(own, b.Name) {
			ownAccess, ownKeys = append(ownAccess, b.Owner), append(ownKeys, b.Key)
			continue
		}
		t["bucket"] = append(t["bucket"], b.Name)
	}
	accesses, err := cell.Objects.Credentials(ctx)
	if err != nil {
		return nil, fmt.Errorf("list credentials: %w", err)
	}
	t["credential"] = without(accesses, ownAccess)
	keys, err := cell.Objects.Keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	t["key"] = without(keys, ownKeys)
	store := cell.Outputs.ObjectStore
	if t["backups"], err = backupFolders(ctx, openStore(store, CellOwner, cell.Site.Secret), store.BackupBucket); err != nil {
		return nil, err
	}
	running, err := cell.Workloads.List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list instances: %w", err)
	}
	for _, in := range running {
		t["instance"] = append(t["instance"], in.ID)
	}
	return t, nil
}

func compare(owed, is things) []Orphan {
	var found []Orphan
	for _, kind := range []string{"database", "role", "bucket", "credential", "key", "instance", "backups"} {
		for _, name := range without(is[kind], owed[kind]) {
			found = append(found, Orphan{Kind: kind, Name: name, Why: unowned})
		}
		if kind == "backups" { // of many a storage there are none yet
			continue
		}
		for _, name := range without(owed[kind], is[kind]) {
			found = append(found, Orphan{Kind: kind, Name: name, Why: missing})
		}
	}
	return found
}

func without(all, some []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(some, s) })
}
