package config

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Version is the release of the protocol that clients are told; it decides which of their features they switch on.
const Version = "10.11.0"

// Identity is what clients recognise a workspace by. It outlives every release and is the same on all its instances.
type Identity struct {
	DiagnosticID id.ID
	ConfigHash   string
	InstalledAt  int64
	Secret       []byte            // by which it knows what it has said itself; nobody is told
	SigningKey   *ecdsa.PrivateKey // by which phones know that it is what tells them something
}

// LoadIdentity reads the workspace's identity, and makes it the first time.
func LoadIdentity(ctx context.Context, db *store.DB, now clock.Clock) (Identity, error) {
	row, err := db.Identity(ctx)
	if store.Missing(err) {
		err = db.InsertIdentity(ctx, dbsql.InsertIdentityParams{DiagnosticID: id.New(), ConfigHash: id.Token(), InstalledAt: now.Millis()})
		if err == nil {
			row, err = db.Identity(ctx)
		}
	}
	if err != nil {
		return Identity{}, fmt.Errorf("read workspace identity: %w", err)
	}
	who := Identity{DiagnosticID: row.DiagnosticID, ConfigHash: row.ConfigHash, InstalledAt: row.InstalledAt, Secret: row.Secret}
	who.SigningKey, err = signingKey(ctx, db, row.SigningKey)
	return who, err
}

// signingKey reads the key that is kept, and makes it the first time.
func signingKey(ctx context.Context, db *store.DB, kept []byte) (*ecdsa.PrivateKey, error) {
	if len(kept) == 0 {
		made, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, fmt.Errorf("make signing key: %w", err)
		}
		der, err := x509.MarshalECPrivateKey(made)
		if err == nil {
			err = db.SetSigningKey(ctx, der)
		}
		row, read := db.Identity(ctx) // another instance may have been faster
		if err = cmp.Or(err, read); err != nil {
			return nil, fmt.Errorf("keep signing key: %w", err)
		}
		kept = row.SigningKey
	}
	key, err := x509.ParseECPrivateKey(kept)
	if err != nil {
		return nil, errors.New("the workspace's signing key is none")
	}
	return key, nil
}

// PublicKey is the signing key's other half, as clients are told it.
func (i Identity) PublicKey() string {
	if i.SigningKey == nil {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(i.SigningKey.Public())
	if err != nil {
		panic(err) // it is one of P-256
	}
	return base64.StdEncoding.EncodeToString(der)
}
