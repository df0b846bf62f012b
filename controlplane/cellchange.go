package controlplane

import (
	"context"

	"github.com/longhouse-dev/longhouse/tenants"
)

// CellChangeBody is what shall be different about a cell. What is left out stays as it is.
type CellChangeBody struct {
	Region      *string             `json:"region,omitempty" doc:"Only while the cell was never applied"`
	Database    *CellDatabaseChange `json:"database,omitempty"`
	ObjectStore *CellStoreChange    `json:"object_store,omitempty"`
	Agent       *string             `json:"agent,omitempty" doc:"Socket of the agent that runs its instances; empty: that of the worker's machine"`
	Disk        *string             `json:"disk,omitempty" doc:"A folder on the disk under databases and objects; empty: it is not on the worker's machine"`
}

// CellDatabaseChange is what shall be different about a cell's database server.
type CellDatabaseChange struct {
	Host         *string `json:"host,omitempty" doc:"A host name, or the folder of a unix socket"`
	Port         *int    `json:"port,omitempty"`
	AdminURLFile *string `json:"admin_url_file,omitempty" doc:"Path of a file with the URL that opens it as a superuser"`
}

// CellStoreChange is what shall be different about a cell's object store.
type CellStoreChange struct {
	Endpoint    *string `json:"endpoint,omitempty" doc:"host:port"`
	Region      *string `json:"region,omitempty" doc:"The region that S3 clients name"`
	TLS         *bool   `json:"tls,omitempty"`
	AdminSocket *string `json:"admin_socket,omitempty" doc:"Path of the socket of its administration"`
	SecretFile  *string `json:"secret_file,omitempty" doc:"Path of a file with the secret of the credential that owns the cell's own buckets"`
}

// ChangeCellIn changes a cell.
type ChangeCellIn struct {
	CellIn
	Body CellChangeBody
}

func (s *Server) changeCell(ctx context.Context, in *ChangeCellIn) (*CellOut, error) {
	found, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	if err := s.store.ChangeCell(ctx, principal(ctx), found.ID, tenants.CellEdit{Region: in.Body.Region, Config: in.Body.edit}); err != nil {
		return nil, err
	}
	return s.showCell(ctx, found.ID)
}

func (b CellChangeBody) edit(c *tenants.CellConfig) {
	if d := b.Database; d != nil {
		set(&c.Database.Host, d.Host)
		set(&c.Database.Port, d.Port)
		set(&c.Database.AdminURLFile, d.AdminURLFile)
	}
	if o := b.ObjectStore; o != nil {
		set(&c.ObjectStore.Endpoint, o.Endpoint)
		set(&c.ObjectStore.Region, o.Region)
		set(&c.ObjectStore.TLS, o.TLS)
		set(&c.ObjectStore.AdminSocket, o.AdminSocket)
		set(&c.ObjectStore.SecretFile, o.SecretFile)
	}
	set(&c.Agent, b.Agent)
	set(&c.Disk, b.Disk)
}

func set[T any](where *T, what *T) {
	if what != nil {
		*where = *what
	}
}

func (s *Server) removeCell(ctx context.Context, in *CellIn) (*Nothing, error) {
	found, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	return nil, s.store.RemoveCell(ctx, principal(ctx), found.ID)
}
