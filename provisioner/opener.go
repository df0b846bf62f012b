package provisioner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/provisioner/dbsql"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Opener signs people in to running workspaces as their first system admin, and asks workspaces who uses them.
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

// Visits asks a running workspace who has used it since a time, and from where.
func (o *Opener) Visits(ctx context.Context, ws tenants.Workspace, actor string, since time.Time) (tenants.IPVisits, error) {
	in, err := dbsql.New(o.pool).OpenInstance(ctx, ws.ID)
	if err != nil {
		return tenants.IPVisits{}, fmt.Errorf("find the instance of %s: %w", id.Show(id.Workspace, ws.ID), err)
	}
	client := adminClient{socket: in.Admin, workspace: id.Show(id.Workspace, ws.ID), actor: actor, request: tenants.RequestID(ctx), signer: o.signer}
	told, err := client.visits(ctx, since)
	if errors.Is(err, errUnknownCall) {
		return tenants.IPVisits{}, &tenants.Refusal{Reason: tenants.Conflict, Message: "the workspace's server does not say who uses it; upgrade the workspace, and ask again when people have used it"}
	}
	if err != nil {
		return tenants.IPVisits{}, err
	}
	all := tenants.IPVisits{LeftOut: told.LeftOut}
	for _, v := range told.Visits {
		all.Visits = append(all.Visits, tenants.IPVisit{User: v.UserID, Username: v.Username, Address: v.Address, Sessions: v.Sessions, LastAt: v.LastAt})
	}
	return all, nil
}
