package tenants

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// TLSCertificate is what is known of a host's TLS certificate.
type TLSCertificate struct {
	Host, Issuer string
	Fingerprint  string    // SHA-256 in hexadecimal; empty: there is no certificate
	Begins, Ends time.Time // zero: there is no certificate
	FailedAt     time.Time // when the last attempt to get one failed; zero: it did not
	Failed       string    // of what, as the issuer put it
	Revocation   *TLSRevocation
}

// TLSRevocation is a TLS certificate that nobody may use any more.
type TLSRevocation struct {
	ID                        int64
	Host, Issuer, Fingerprint string
	Certificate               []byte // the chain in PEM
	Reason                    TLSReason
	AskedAt                   time.Time
	AskedBy                   string
	DoneAt                    *time.Time // when the issuer had heard of it
	Said                      string     // why it has not
}

// TLSReason says why a TLS certificate is revoked (RFC 5280, section 5.3.1).
type TLSReason string

// The reasons that issuers take from whom a certificate was issued for.
const (
	TLSUnspecified   TLSReason = "unspecified"
	TLSKeyCompromise TLSReason = "keyCompromise" // somebody else may have the key
	TLSSuperseded    TLSReason = "superseded"
	TLSCessation     TLSReason = "cessationOfOperation"
)

// TLSReasons lists them.
var TLSReasons = []TLSReason{TLSUnspecified, TLSKeyCompromise, TLSSuperseded, TLSCessation}

// chain is what is kept of a host's certificate.
func (t *TLS) chain(row dbsql.TlsValue) (c TLSCertificate, pemText []byte, err error) {
	pemText, err = keyring.Unseal(t.sealing[:], row.Value, tlsPlace(row.Key))
	if err != nil {
		return c, nil, fmt.Errorf("open what edges share under %q: %w", row.Key, err)
	}
	parts := strings.Split(row.Key, "/")
	if len(parts) != 4 {
		return c, nil, fmt.Errorf("read the certificate under %q: that is no place of one", row.Key)
	}
	c.Issuer, c.Host = parts[1], strings.Replace(parts[2], "wildcard_", "*", 1)
	block, _ := pem.Decode(pemText)
	if block == nil {
		return c, pemText, nil
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return c, pemText, nil
	}
	sum := sha256.Sum256(leaf.Raw)
	c.Fingerprint, c.Begins, c.Ends = hex.EncodeToString(sum[:]), leaf.NotBefore, leaf.NotAfter
	return c, pemText, nil
}

// Certificates lists the certificates that edges share, and hosts that get none.
func (t *TLS) Certificates(ctx context.Context) ([]TLSCertificate, error) {
	q := dbsql.New(t.store.pool)
	rows, err := q.ListTLSChains(ctx)
	if err != nil {
		return nil, fmt.Errorf("list TLS certificates: %w", err)
	}
	asks, err := q.LastTLSAsks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list what TLS certificates failed of: %w", err)
	}
	revocations, err := t.Revocations(ctx)
	if err != nil {
		return nil, err
	}
	var list []TLSCertificate
	at := map[[2]string]int{}
	for _, row := range rows {
		c, _, err := t.chain(row)
		if err != nil {
			return nil, err
		}
		at[[2]string{c.Host, c.Issuer}] = len(list)
		list = append(list, c)
	}
	of := func(host, issuer string) *TLSCertificate {
		i, there := at[[2]string{host, issuer}]
		if !there {
			i = len(list)
			at[[2]string{host, issuer}] = i
			list = append(list, TLSCertificate{Host: host, Issuer: issuer})
		}
		return &list[i]
	}
	for _, a := range asks {
		if a.Failed != nil && a.EndedAt != nil {
			c := of(a.Host, a.Issuer)
			c.FailedAt, c.Failed = *a.EndedAt, *a.Failed
		}
	}
	for i := range revocations { // the newest comes last
		r := &revocations[i]
		of(r.Host, r.Issuer).Revocation = r
	}
	return list, nil
}

// Revoke has the certificate of a host used by nobody any more, in one transaction: what edges share of it is gone, so that they have
// another one issued with another key, and they are told. A host that has none is refused.
func (t *TLS) Revoke(ctx context.Context, p Principal, host string, reason TLSReason) error {
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		rows, err := q.ListTLSChainsOfHost(ctx, strings.Replace(host, "*", "wildcard_", 1))
		if err != nil {
			return fmt.Errorf("find the TLS certificate of %s: %w", host, err)
		}
		var prints []string
		for _, row := range rows {
			c, text, err := t.chain(row)
			if err != nil {
				return err
			}
			if c.Fingerprint == "" {
				continue
			}
			prints = append(prints, c.Fingerprint)
			err = q.AddTLSRevocation(ctx, dbsql.AddTLSRevocationParams{Host: c.Host, Issuer: c.Issuer, Fingerprint: c.Fingerprint, Certificate: text,
				Reason: string(reason), Now: t.store.now(), AskedBy: p.Name(), EndsAt: c.Ends})
			if err != nil {
				return fmt.Errorf("revoke the TLS certificate of %s: %w", host, err)
			}
			if err := q.RemoveTLSValues(ctx, row.Key[:strings.LastIndexByte(row.Key, '/')]); err != nil {
				return fmt.Errorf("revoke the TLS certificate of %s: %w", host, err)
			}
		}
		if len(prints) == 0 {
			return refuse(NotFound, "", "no TLS certificate is kept for this host; `longhouse tls-certificates list` shows those that are")
		}
		subject := "controlplane"
		if workspace, err := q.WorkspaceOfHost(ctx, host); err == nil {
			subject = id.Show(id.Workspace, workspace)
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("find whose %s is: %w", host, err)
		}
		return t.store.record(ctx, tx, Event{Actor: p.Name(), Action: "tls.revoke", Subject: subject,
			Details: map[string]string{"host": host, "reason": string(reason), "fingerprint": strings.Join(prints, " ")}})
	})
}

// Revocations lists the revoked certificates that somebody might still use, the oldest first.
func (t *TLS) Revocations(ctx context.Context) ([]TLSRevocation, error) {
	rows, err := dbsql.New(t.store.pool).ListTLSRevocations(ctx, t.store.now())
	if err != nil {
		return nil, fmt.Errorf("list revoked TLS certificates: %w", err)
	}
	list := make([]TLSRevocation, 0, len(rows))
	for _, r := range rows {
		one := TLSRevocation{ID: r.ID, Host: r.Host, Issuer: r.Issuer, Fingerprint: r.Fingerprint, Certificate: r.Certificate, Reason: TLSReason(r.Reason),
			AskedAt: r.AskedAt, AskedBy: r.AskedBy, DoneAt: r.DoneAt}
		if r.Said != nil {
			one.Said = *r.Said
		}
		list = append(list, one)
	}
	return list, nil
}

// EndRevocation writes down that an issuer has heard of a revocation, or why it has not.
func (t *TLS) EndRevocation(ctx context.Context, id int64, failed string) error {
	now := t.store.now()
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		if err := q.EndTLSRevocation(ctx, dbsql.EndTLSRevocationParams{ID: id, Failed: storable(failed[:min(len(failed), mostSaid)]), Now: now}); err != nil {
			return fmt.Errorf("write down what came of a revocation: %w", err)
		}
		if err := q.RemoveOldTLSRevocations(ctx, dbsql.RemoveOldTLSRevocationsParams{Now: now, Before: now.Add(-tlsWeek)}); err != nil {
			return fmt.Errorf("forget revocations: %w", err)
		}
		return nil
	})
}
