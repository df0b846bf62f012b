package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// TLSLimits bound what issuers are asked for, so that they don't refuse what is needed most; 0: as many as there are. A host's first
// certificate is what the first two count: a renewal is never in the way of one, nor refused for it.
type TLSLimits struct {
	PerDomain    int // first certificates under one registered domain, in 7 days
	PerWorkspace int // first certificates of one workspace, in 7 days
	PerHost      int // certificates of one host, in 7 days
	Failures     int // of one host, in an hour
}

// UsualTLSLimits are those of Let's Encrypt, but for the workspace's.
var UsualTLSLimits = TLSLimits{PerDomain: 50, PerWorkspace: 10, PerHost: 5, Failures: 5}

// Validate names what can't be, its value, and what is allowed.
func (l TLSLimits) Validate() error {
	for _, limit := range []int{l.PerDomain, l.PerWorkspace, l.PerHost, l.Failures} {
		if limit < 0 || limit > 1_000_000 {
			return fmt.Errorf("a limit of what issuers of TLS certificates are asked for is %d: allowed is 0, which is none, to 1000000", limit)
		}
	}
	return nil
}

// LocalTLSIssuer is how the local authority is called as an issuer; it has no limits.
const LocalTLSIssuer = "local"

const (
	tlsWeek = 7 * 24 * time.Hour
	// tlsKept is for how long it is known that a host had a certificate: longer than any lasts.
	tlsKept = 400 * 24 * time.Hour
	// tlsAskLock orders those who count and then ask.
	tlsAskLock = 1818780048
	// mostSaid is how much is kept of an issuer's words.
	mostSaid = 1000
)

// TLSAsk is a certificate that an edge is about to ask an issuer for.
type TLSAsk struct {
	Host, Issuer string
	Domain       string // the registered domain that the host is under
}

// TLSWait is a refusal that ends by itself.
type TLSWait struct {
	Until time.Time
	Said  string
}

// Error implements error.
func (w *TLSWait) Error() string { return w.Said }

// Ask counts a certificate that is about to be asked for, and returns by what EndAsk knows it. It refuses for a host that nobody has, and
// returns a TLSWait where too many were asked for.
func (t *TLS) Ask(ctx context.Context, a TLSAsk, limits TLSLimits) (id int64, err error) {
	if l := len(a.Host); l < 1 || l > 253 || len(a.Issuer) < 1 || len(a.Issuer) > 400 || len(a.Domain) < 1 || len(a.Domain) > 253 {
		return 0, refuse(Invalid, "", "host and domain have 1 to 253 bytes, issuer has 1 to 400")
	}
	err = t.store.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.LockTLSAsks(ctx, tlsAskLock); err != nil {
			return fmt.Errorf("count certificates that are asked for: %w", err)
		}
		workspace, err := t.holder(ctx, q, a.Host)
		if err != nil {
			return err
		}
		had, err := q.HadTLSCertificate(ctx, dbsql.HadTLSCertificateParams{Host: a.Host, Issuer: a.Issuer})
		if err != nil {
			return fmt.Errorf("count certificates that are asked for: %w", err)
		}
		if a.Issuer != LocalTLSIssuer {
			if err := t.inTheWay(ctx, q, a, workspace, !had, limits); err != nil {
				return err
			}
		}
		now := t.store.now()
		if err := q.RemoveOldTLSAsks(ctx, dbsql.RemoveOldTLSAsksParams{Before: now.Add(-2 * tlsWeek), LongBefore: now.Add(-tlsKept)}); err != nil {
			return fmt.Errorf("forget certificates that were asked for: %w", err)
		}
		id, err = q.AddTLSAsk(ctx, dbsql.AddTLSAskParams{Host: a.Host, Domain: a.Domain, Issuer: a.Issuer, WorkspaceID: workspace, First: !had, Now: now})
		if err != nil {
			return fmt.Errorf("count a certificate that is asked for: %w", err)
		}
		return nil
	})
	return id, err
}

// holder returns whose a host is; nobody's is the wildcard of the base domain, which all share.
func (t *TLS) holder(ctx context.Context, q *dbsql.Queries, host string) (*uuid.UUID, error) {
	if host == "*."+t.store.BaseDomain() {
		return nil, nil
	}
	workspace, err := q.WorkspaceOfHost(ctx, host)
	if err != nil {
		return nil, unlessMissing(err, refuse(Forbidden, "", "no workspace has the host that a certificate is asked for"))
	}
	return &workspace, nil
}

// inTheWay returns the TLSWait that holds longest.
func (t *TLS) inTheWay(ctx context.Context, q *dbsql.Queries, a TLSAsk, workspace *uuid.UUID, first bool, l TLSLimits) error {
	now := t.store.now()
	week := now.Add(-tlsWeek)
	var wait *TLSWait
	look := func(limit int, span time.Duration, what string, newest func(others int32) (time.Time, error)) error {
		if limit == 0 {
			return nil
		}
		at, err := newest(int32(limit) - 1)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("count certificates that were asked for: %w", err)
		}
		if until := at.Add(span); wait == nil || until.After(wait.Until) {
			wait = &TLSWait{Until: until, Said: fmt.Sprintf("%d %s, as many as may be; it goes on at %s", limit, what, until.UTC().Format(time.RFC3339))}
		}
		return nil
	}
	var err error
	if first {
		err = look(l.PerDomain, tlsWeek, "hosts under "+a.Domain+" got their first TLS certificate within 7 days", func(others int32) (time.Time, error) {
			return q.RecentTLSAskOfDomain(ctx, dbsql.RecentTLSAskOfDomainParams{Domain: a.Domain, Issuer: a.Issuer, Since: week, Now: now, Others: others})
		})
	}
	if first && workspace != nil {
		err = errors.Join(err, look(l.PerWorkspace, tlsWeek, "hosts of this workspace got their first TLS certificate within 7 days", func(others int32) (time.Time, error) {
			return q.RecentTLSAskOfWorkspace(ctx, dbsql.RecentTLSAskOfWorkspaceParams{WorkspaceID: workspace, Issuer: a.Issuer, Since: week, Now: now, Others: others})
		}))
	}
	ofHost := func(failed bool, since time.Time) func(int32) (time.Time, error) {
		return func(others int32) (time.Time, error) {
			return q.RecentTLSAskOfHost(ctx, dbsql.RecentTLSAskOfHostParams{Host: a.Host, Issuer: a.Issuer, Failed: failed, Since: since, Now: now, Others: others})
		}
	}
	err = errors.Join(err, look(l.PerHost, tlsWeek, "TLS certificates were issued for "+a.Host+" within 7 days", ofHost(false, week)),
		look(l.Failures, time.Hour, "attempts to get a TLS certificate for "+a.Host+" failed within an hour", ofHost(true, now.Add(-time.Hour))))
	if err == nil && wait != nil {
		return wait
	}
	return err
}

// EndAsk writes down what came of it; failed is what it failed of, or empty.
func (t *TLS) EndAsk(ctx context.Context, id int64, failed string) error {
	now := t.store.now()
	var said *string
	if failed != "" {
		failed = storable(failed[:min(len(failed), mostSaid)])
		said = &failed
	}
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		if err := dbsql.New(tx).EndTLSAsk(ctx, dbsql.EndTLSAskParams{ID: id, Now: &now, Failed: said}); err != nil {
			return fmt.Errorf("write down what came of a certificate that was asked for: %w", err)
		}
		return nil
	})
}
