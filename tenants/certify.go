package tenants

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// Certify signs what was removed of a workspace, in the transaction in which its removal ends. What ages out in the cell
// is told by whoever removed it. One that was issued before, and came back from the archive, stays as it is.
func (s *Store) Certify(ctx context.Context, tx pgx.Tx, op Operation, ages func(at time.Time) []certificate.Aging, key ed25519.PrivateKey) error {
	signed, err := dbsql.New(tx).GetCertificate(ctx, *op.Workspace)
	if errors.Is(err, pgx.ErrNoRows) {
		signed, err = s.issue(ctx, tx, op, ages, key)
	}
	if err != nil {
		return fmt.Errorf("certify the removal of %s: %w", id.Show(id.Workspace, *op.Workspace), err)
	}
	// The trail can't be changed unseen, so that nobody issues another certificate later.
	return s.record(ctx, tx, Event{Tenant: op.Tenant, Actor: System, Action: "workspace.certify", Subject: id.Show(id.Workspace, *op.Workspace),
		Details: map[string]string{"operation": id.Show(id.Operation, op.ID), "sha256": certificateSum(signed)}})
}

func (s *Store) issue(ctx context.Context, tx pgx.Tx, op Operation, ages func(at time.Time) []certificate.Aging, key ed25519.PrivateKey) (signed string, err error) {
	c, err := s.certificate(ctx, tx, op)
	if err != nil {
		return "", err
	}
	c.Ages = append(c.Ages, ages(c.DeletedAt)...)
	if signed, err = c.Sign(key); err != nil {
		return "", err
	}
	err = dbsql.New(tx).AddCertificate(ctx, dbsql.AddCertificateParams{WorkspaceID: *op.Workspace, IssuedAt: c.DeletedAt, Jws: signed})
	if err != nil {
		return "", fmt.Errorf("keep the certificate: %w", err)
	}
	return signed, nil
}

func (s *Store) certificate(ctx context.Context, tx pgx.Tx, op Operation) (c certificate.Certificate, err error) {
	q := dbsql.New(tx)
	ws, err := q.GetWorkspace(ctx, *op.Workspace)
	if err != nil {
		return c, fmt.Errorf("read the workspace: %w", err)
	}
	tenant, err := q.GetTenant(ctx, ws.TenantID)
	if err != nil {
		return c, fmt.Errorf("read the tenant: %w", err)
	}
	c = certificate.Certificate{Format: certificate.Format, Installation: s.baseDomain,
		Workspace: certificate.Subject{ID: id.Show(id.Workspace, ws.ID), Name: ws.Name, Slug: ws.Slug, Host: s.Host(ws.Slug), CreatedAt: ws.CreatedAt},
		Tenant:    certificate.Owner{ID: id.Show(id.Tenant, tenant.ID), Name: tenant.Name},
		// Until a wish was written down, who asked for the removal had it.
		AskedBy: op.RequestedBy, AskedAt: op.CreatedAt, DeleteAt: op.CreatedAt, Operation: id.Show(id.Operation, op.ID), DeletedAt: s.now()}
	if d, err := q.GetDeletion(ctx, ws.ID); err == nil {
		c.AskedBy, c.AskedAt = d.AskedBy, d.AskedAt
	} else if !errors.Is(err, pgx.ErrNoRows) {
		return c, fmt.Errorf("read the deletion: %w", err)
	}
	if c.AskedByName, err = called(ctx, q, c.AskedBy); err != nil {
		return c, err
	}
	if ws.DeleteAt != nil {
		c.DeleteAt = *ws.DeleteAt
	}
	if c.Removed, err = removed(ctx, q, ws.ID); err != nil {
		return c, err
	}
	c.Ages, err = s.ages(ctx, q, ws.ID)
	return c, err
}

func removed(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) (list []certificate.Removed, err error) {
	rows, err := q.ListRemovals(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("list what was removed: %w", err)
	}
	for _, r := range rows {
		list = append(list, certificate.Removed{Kind: r.Kind, Name: r.Name, RemovedAt: utc(r.RemovedAt), ObservedAt: r.ObservedAt.UTC(), Observed: r.Observed,
			Objects: r.Objects, Bytes: r.Bytes})
	}
	return list, nil
}

// ages is what the control plane itself keeps of a workspace.
func (s *Store) ages(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) (list []certificate.Aging, err error) {
	slugs, err := q.HeldSlugs(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("list held slugs: %w", err)
	}
	for _, r := range slugs {
		list = append(list, certificate.Aging{What: "slug " + r.Slug, Until: utc(r.HeldUntil),
			Why: "nobody else gets the address until then, so that nobody inherits its links and clients"})
	}
	delivered := s.now().Add(DeliveriesKept + time.Hour) // who forgets them looks each hour
	return append(list,
		certificate.Aging{What: "record of the workspace", Why: "its id, name, slug and dates, its operations, and this certificate, with no content; kept as long as the control plane's database, and the certificate as long as the archive"},
		certificate.Aging{What: "log of webhooks' deliveries", Until: &delivered, Why: "what the tenant's own webhooks were told of it, with no content"},
		certificate.Aging{What: "audit trail", Why: "who did what, with no content; kept as long as the tenant's trail, which nobody can shorten unseen"},
	), nil
}

// Certificate returns the signed certificate of a workspace that was deleted.
func (s *Store) Certificate(ctx context.Context, workspace uuid.UUID) (string, error) {
	signed, err := dbsql.New(s.pool).GetCertificate(ctx, workspace)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", s.noCertificate(ctx, workspace)
	}
	if err != nil {
		return "", fmt.Errorf("read a certificate: %w", err)
	}
	return signed, nil
}

// noCertificate says why there is none.
func (s *Store) noCertificate(ctx context.Context, workspace uuid.UUID) error {
	ws, err := s.Workspace(ctx, workspace)
	if err != nil {
		return err
	}
	if ws.State == Deleted {
		return refuse(Conflict, "", "no certificate of it was issued: it never came to be, or it was lost, so that nobody saw what was removed; its audit trail tells which")
	}
	return refuse(Conflict, "", "there is no certificate: the workspace is %s, and one is made when the removal of a workspace is done", ws.State)
}

func utc(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	t := at.UTC()
	return &t
}
