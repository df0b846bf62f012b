package tenants

import (
	"strings"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// StorageNames is what the parts of a storage are called in its cell. All follow from its id.
type StorageNames struct {
	Database, Role string
	Files, Exports string // buckets, and the credentials that open them
	Key            string
}

const databasePrefix = "ws_"

// NamesOfStorage returns the names of a storage's parts.
func NamesOfStorage(storage uuid.UUID) StorageNames {
	name := strings.TrimPrefix(id.Show(id.Storage, storage), id.Storage+"_")
	return StorageNames{Database: databasePrefix + name, Role: databasePrefix + name, Files: "files-" + name, Exports: "exports-" + name, Key: "ws-" + name}
}

// storageNamed returns the storage whose database has this name.
func storageNamed(database string) (uuid.UUID, error) {
	name, ours := strings.CutPrefix(database, databasePrefix)
	storage, err := id.Parse(id.Storage, id.Storage+"_"+name)
	if err != nil || !ours {
		return uuid.Nil, refuse(Invalid, "storage", "%.60q is not the name of a workspace's database; `longhouse sweep` tells the names of those that are kept aside or that no row owns", database)
	}
	return storage, nil
}
