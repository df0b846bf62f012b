package tenants

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/authority"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// tlsRootKey is where the root of the local authority is kept, which has to stay the same for those who trust it. Its key is in the
// keyring alone.
const tlsRootKey = "authority/root.crt"

// Root returns the root of the local authority in PEM, which is made when it is first asked for. All who ask get the same one.
func (t *TLS) Root(ctx context.Context) ([]byte, error) {
	root, err := t.Get(ctx, tlsRootKey)
	if refusal := (*Refusal)(nil); !errors.As(err, &refusal) {
		return root, err
	}
	fresh, err := authority.NewRoot(t.authority, t.store.BaseDomain(), t.store.now())
	if err != nil {
		return nil, err
	}
	sealed, err := t.sealed(tlsRootKey, fresh)
	if err != nil {
		return nil, err
	}
	err = t.store.inTx(ctx, func(tx pgx.Tx) error {
		err := dbsql.New(tx).AddTLSValue(ctx, dbsql.AddTLSValueParams{Key: tlsRootKey, Value: sealed, Size: int32(len(fresh)), Now: t.store.now()})
		if err != nil {
			return fmt.Errorf("keep the root of the local authority: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return t.Get(ctx, tlsRootKey)
}

// Sign returns a certificate of the local authority for a request, both in PEM. The request is for a host that has a route.
func (t *TLS) Sign(ctx context.Context, request []byte) ([]byte, error) {
	host, err := authority.NameIn(request)
	if err != nil {
		return nil, refuse(Invalid, "", "the body must be a signed certificate request in PEM for exactly one DNS name")
	}
	routed, err := dbsql.New(t.store.pool).IsRouted(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("look up the route of a host: %w", err)
	}
	if !routed {
		return nil, refuse(Forbidden, "", "no workspace has the host that the request is for")
	}
	root, err := t.Root(ctx)
	if err != nil {
		return nil, err
	}
	signer, err := authority.Open(t.authority, root)
	if err != nil {
		return nil, err
	}
	return signer.Sign(request, t.store.now())
}
