package tenants

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// bundle is the domain on a database of its own, with a clock that tests move.
type bundle struct {
	t     *testing.T
	store *Store
	pool  *pgxpool.Pool
	queue *queue
	mu    sync.Mutex
	time  time.Time
}

// auditKey signs the audit trail of tests.
var auditKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

func setup(t *testing.T) *bundle {
	t.Helper()
	dsn := testdb.FromTemplate(t, "control", func(ctx context.Context, dsn string) error {
		pool, err := db.Open(ctx, dsn, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return Migrate(ctx, pool)
	})
	pool, err := db.Open(t.Context(), dsn, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b := &bundle{t: t, pool: pool, queue: &queue{}, time: time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)}
	b.store = NewStore(pool, b.queue, "longhouse.test")
	b.store.SetClock(b.now)
	b.exec("update clock set seen_at = $1", b.time)
	_, err = b.store.RegisterCell(t.Context(), Cell{Region: "local", Name: "local", Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
	b.must(err)
	_, err = b.store.RegisterRelease(t.Context(), Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	b.must(err)
	return b
}

// queue counts nudges, or refuses them.
type queue struct {
	mu     sync.Mutex
	nudges []string
	broken error
}

// Remind implements tenants.Nudger.
func (q *queue) Remind(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID) error {
	return q.Nudge(ctx, tx, topic, id, 1)
}

// Nudge implements Nudger.
func (q *queue) Nudge(_ context.Context, _ pgx.Tx, topic string, _ uuid.UUID, _ int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.nudges = append(q.nudges, topic)
	return q.broken
}

func (b *bundle) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.time
}

// move has time pass, with workers that look at the clock.
func (b *bundle) move(d time.Duration) {
	b.put(d)
	b.exec("update clock set seen_at = seen_at + make_interval(secs => $1)", d.Seconds())
}

// put puts the clock, and nobody has looked since.
func (b *bundle) put(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time = b.time.Add(d)
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

const password = "correct horse battery"

func (b *bundle) signUp(slug string) (SignedUp, Principal) {
	b.t.Helper()
	done, err := b.store.SignUp(b.t.Context(), SignUp{Email: slug + "@example.com", Password: password, Tenant: slug, Slug: slug})
	b.must(err)
	p, err := b.store.Identify(b.t.Context(), done.Session)
	b.must(err)
	return done, p
}

// person signs up, confirms the address, and leaves the tenant that came with it aside.
func (b *bundle) person(name string) Principal {
	b.t.Helper()
	_, p := b.signUp(name)
	b.confirm(p)
	return p
}

func (b *bundle) confirm(p Principal) {
	b.t.Helper()
	_, secret, err := b.store.NewConfirmation(b.t.Context(), p.Person)
	b.must(err)
	b.must(b.store.Confirm(b.t.Context(), secret))
}

// token is an API token of the principal's person.
func (b *bundle) token(p Principal, tenant uuid.UUID, scopes ...Permission) Principal {
	b.t.Helper()
	_, secret, err := b.store.CreateToken(b.t.Context(), p, tenant, NewToken{Name: "x", Scopes: scopes})
	b.must(err)
	token, err := b.store.Identify(b.t.Context(), secret)
	b.must(err)
	return token
}

// end ends an operation as the provisioner does.
func (b *bundle) end(op Operation, end Progress) {
	b.t.Helper()
	b.must(b.store.inTx(b.t.Context(), func(tx pgx.Tx) error {
		_, err := tx.Exec(b.t.Context(), "update operations set state = $2, finished_at = $3 where id = $1", op.ID, string(end), b.now())
		if err != nil {
			return err
		}
		return b.store.Arrive(b.t.Context(), tx, op, end)
	}))
}

// refused fails the test unless err is a refusal for this reason that says so.
func (b *bundle) refused(err error, reason Reason, say string) {
	b.t.Helper()
	refusal := (*Refusal)(nil)
	if !errors.As(err, &refusal) || refusal.Reason != reason || !strings.Contains(refusal.Message, say) {
		b.t.Errorf("%v, want %s: ...%s...", err, reason, say)
	}
}

func (b *bundle) count(from string, args ...any) (n int) {
	b.t.Helper()
	b.must(b.pool.QueryRow(b.t.Context(), "select count(*) from "+from, args...).Scan(&n))
	return n
}

func (b *bundle) state(workspace uuid.UUID) State {
	b.t.Helper()
	ws, err := b.store.Workspace(b.t.Context(), workspace)
	b.must(err)
	return ws.State
}

func (b *bundle) eventually(what string, true func() bool) {
	b.t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !true() {
		select {
		case <-tick.C:
		case <-deadline:
			b.t.Fatal("not in time: " + what)
		}
	}
}
