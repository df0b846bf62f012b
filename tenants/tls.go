package tenants

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/keyring"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// TLS is what the edges share of TLS certificates: values under keys that are paths, and locks. What a value means only the edges
// know, but for the root of the local authority.
type TLS struct {
	store     *Store
	sealing   [32]byte
	authority [32]byte
}

// TLS returns what the edges share, sealed with a key of the keyring; authority is the local authority's.
func (s *Store) TLS(sealing, authority [32]byte) *TLS {
	return &TLS{store: s, sealing: sealing, authority: authority}
}

// TLSValue says what is under a key. One that isn't final is just what other keys begin with.
type TLSValue struct {
	Key      string
	Modified time.Time
	Size     int64
	Final    bool
}

func tlsPlace(key string) []byte { return []byte("tls_values/" + key) }

func (t *TLS) sealed(key string, value []byte) ([]byte, error) {
	sealed, err := keyring.Seal(t.sealing[:], value, tlsPlace(key))
	if err != nil {
		return nil, fmt.Errorf("seal what edges share: %w", err)
	}
	return sealed, nil
}

// checkTLSKey refuses what is no path, and what is not for edges to write.
func checkTLSKey(key string) error {
	if key == "" || len(key) > 1024 || strings.HasPrefix(key, "/") || strings.HasSuffix(key, "/") || strings.Contains(key, "//") {
		return refuse(Invalid, "", "a key is a path of 1 to 1024 bytes without a slash at its ends or two beside each other")
	}
	if first, _, _ := strings.Cut(key, "/"); first == "authority" {
		return refuse(Forbidden, "", "what is under authority is not for edges")
	}
	return nil
}

// Put keeps a value under a key, in place of an earlier one.
func (t *TLS) Put(ctx context.Context, key string, value []byte) error {
	if err := checkTLSKey(key); err != nil {
		return err
	}
	sealed, err := t.sealed(key, value)
	if err != nil {
		return err
	}
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		err := dbsql.New(tx).PutTLSValue(ctx, dbsql.PutTLSValueParams{Key: key, Value: sealed, Size: int32(len(value)), Now: t.store.now()})
		if err != nil {
			return fmt.Errorf("keep what edges share: %w", err)
		}
		return nil
	})
}

var noTLSValue = refuse(NotFound, "", "there is nothing under this key")

// Get returns the value under a key, or a refusal as NotFound.
func (t *TLS) Get(ctx context.Context, key string) ([]byte, error) {
	row, err := dbsql.New(t.store.pool).GetTLSValue(ctx, key)
	if err != nil {
		return nil, unlessMissing(err, noTLSValue)
	}
	value, err := keyring.Unseal(t.sealing[:], row.Value, tlsPlace(key))
	if err != nil {
		return nil, fmt.Errorf("open what edges share under %q: %w", key, err)
	}
	return value, nil
}

// Stat says what is under a key without reading it, or refuses as NotFound.
func (t *TLS) Stat(ctx context.Context, key string) (TLSValue, error) {
	q := dbsql.New(t.store.pool)
	row, err := q.GetTLSValue(ctx, key)
	if err == nil {
		return TLSValue{Key: key, Modified: row.ModifiedAt, Size: int64(row.Size), Final: true}, nil
	}
	if err := unlessMissing(err, nil); err != nil {
		return TLSValue{}, err
	}
	there, err := q.HasTLSKeysUnder(ctx, key)
	if err != nil {
		return TLSValue{}, fmt.Errorf("look under a key of the edges: %w", err)
	}
	if !there {
		return TLSValue{}, noTLSValue
	}
	return TLSValue{Key: key}, nil
}

// Remove removes what is under a key, and under those that begin with it. Nothing there is success.
func (t *TLS) Remove(ctx context.Context, key string) error {
	if err := checkTLSKey(key); err != nil {
		return err
	}
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		if err := dbsql.New(tx).RemoveTLSValues(ctx, key); err != nil {
			return fmt.Errorf("remove what edges share: %w", err)
		}
		return nil
	})
}

// Keys returns the keys under a path, in order; the empty path is above all.
func (t *TLS) Keys(ctx context.Context, under string) ([]string, error) {
	keys, err := dbsql.New(t.store.pool).ListTLSKeys(ctx, under)
	if err != nil {
		return nil, fmt.Errorf("list what edges share: %w", err)
	}
	return keys, nil
}

// MaxTLSLease is how long a lock may be taken for at a time.
const MaxTLSLease = time.Minute

// Lock takes a lock for a while, or for a further while, and reports false while somebody else has it.
func (t *TLS) Lock(ctx context.Context, name, owner string, lease time.Duration) (taken bool, err error) {
	switch {
	case len(name) < 1 || len(name) > 1024 || len(owner) < 1 || len(owner) > 200:
		return false, refuse(Invalid, "", "a lock has a name of 1 to 1024 bytes, and an owner of 1 to 200")
	case lease <= 0 || lease > MaxTLSLease:
		return false, refuse(Invalid, "", "a lock is taken for more than 0 s and at most %s", MaxTLSLease)
	}
	now := t.store.now()
	err = t.store.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := dbsql.New(tx).TakeTLSLock(ctx, dbsql.TakeTLSLockParams{Name: name, Owner: owner, Until: now.Add(lease), Now: now, Latest: now.Add(2 * MaxTLSLease)})
		if err != nil {
			return fmt.Errorf("take a lock of the edges: %w", err)
		}
		taken = rows == 1
		return nil
	})
	return taken, err
}

// Unlock gives a lock back, unless somebody else has it by now.
func (t *TLS) Unlock(ctx context.Context, name, owner string) error {
	return t.store.inTx(ctx, func(tx pgx.Tx) error {
		if err := dbsql.New(tx).ReleaseTLSLock(ctx, dbsql.ReleaseTLSLockParams{Name: name, Owner: owner}); err != nil {
			return fmt.Errorf("release a lock of the edges: %w", err)
		}
		return nil
	})
}
