package provisioner

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Opener signs people in to running workspaces as their first system admin.
type Opener struct {
	pool   *pgxpool.Pool
	store  *tenants.Store
	signer *Signer
	edge   PublicAddress
}

// NewOpener returns an opener.
func NewOpener(pool *pgxpool.Pool, store *tenants.Store, signer *Signer, edge PublicAddress) *Opener {
	return &Opener{pool: pool, store: store, signer: signer, edge: edge}
}

// Open returns a link that opens a session once, within a minute and only through the edge, and the token of another
// session, for programs. Actor is whom the instance writes down as the one who asked.
func (o *Opener) Open(ctx context.Context, ws tenants.Workspace, actor string) (url, token string, err error) {
	in, err := dbsql.New(o.pool).OpenInstance(ctx, ws.ID)
	if err != nil {
		return "", "", fmt.Errorf("find the instance of %s: %w", id.Show(id.Workspace, ws.ID), err)
	}
	if ws.AdminUser == nil {
		return "", "", fmt.Errorf("workspace %s has no first admin", id.Show(id.Workspace, ws.ID))
	}
	client := adminClient{socket: in.Admin, workspace: id.Show(id.Workspace, ws.ID), actor: actor, request: tenants.RequestID(ctx), signer: o.signer}
	path, err := client.signInLink(ctx, *ws.AdminUser)
	if err != nil {
		return "", "", err
	}
	if token, err = client.session(ctx, *ws.AdminUser); err != nil {
		return "", "", err
	}
	return o.edge.URL(o.store.Host(ws.Slug)) + path, token, nil
}
