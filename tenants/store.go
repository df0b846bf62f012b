package tenants

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/jobs"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the control plane's schema, as numbered files.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err)
	}
	return files
}

// Migrate brings the control plane's database to the schema of this build, the job queue's tables included.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	return db.Migrate(ctx, pool, Migrations(), jobs.Migrate)
}

// Store is the domain on its database.
type Store struct {
	pool       *pgxpool.Pool
	queue      Nudger
	baseDomain string
	now        func() time.Time
	newID      func() uuid.UUID
}

// Nudger enqueues, in a transaction, a look at an id: the job queue in production, nothing in tests of the domain alone.
type Nudger interface {
	Nudge(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID, attempts int) error
	// Remind does so unless a nudge waits for somebody to take it.
	Remind(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID) error
}

// The topics of nudges.
const (
	// TopicOperation: an operation is due.
	TopicOperation = "operation"
	// TopicSuspect: an operation is due that workers died with, and is for those who do nothing else.
	TopicSuspect = "suspect"
	// TopicConfirmation: a person shall get a mail to confirm the address.
	TopicConfirmation = "confirmation"
	// TopicWebhookWarning: a person shall get a mail that a webhook was given up.
	TopicWebhookWarning = "webhook_warning"
	// TopicDeletionMail: a person shall get a mail about the deletion of a workspace.
	TopicDeletionMail = "deletion_mail"
	// TopicIPFilterMail: a person shall get a mail that a workspace has another IP filter.
	TopicIPFilterMail = "ip_filter_mail"
	// TopicBreakGlassWish: somebody has asked for a break-glass link by an e-mail address.
	TopicBreakGlassWish = "break_glass_wish"
	// TopicBreakGlassLink: an owner shall get a mail with a link.
	TopicBreakGlassLink = "break_glass_link"
	// TopicBreakGlassCode: an owner shall get a mail with the code that a link takes.
	TopicBreakGlassCode = "break_glass_code"
	// TopicDomainMail: a person shall get a mail about how a domain stands.
	TopicDomainMail = "domain_mail"
)

// NewStore returns the domain on a migrated database. Workspaces get host names under baseDomain.
func NewStore(pool *pgxpool.Pool, queue Nudger, baseDomain string) *Store {
	return &Store{pool: pool, queue: queue, baseDomain: baseDomain, newID: id.New,
		now: func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }}
}

// SetClock replaces the clock, also that of ids, for tests that move time.
func (s *Store) SetClock(now func() time.Time) { s.now, s.newID = now, id.By(now) }

// BaseDomain is what workspaces' host names end with.
func (s *Store) BaseDomain() string { return s.baseDomain }

// Host returns the host name of a workspace with this slug.
func (s *Store) Host(slug string) string { return slug + "." + s.baseDomain }

// inTx is the way of every write, so that each can be rehearsed, and leaves a receipt.
func (s *Store) inTx(ctx context.Context, do func(tx pgx.Tx) error) error {
	if r := rehearsal(ctx); r != nil {
		do = r.rehearsed(do)
	}
	return pgx.BeginFunc(ctx, s.pool, receipted(ctx, do))
}
