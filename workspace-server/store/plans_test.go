package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// busy is a workspace in which people have talked for a while: 600 of them in a channel, 20,000 posts, and what PostgreSQL knows of that.
const busy = `
set session_replication_role = replica;
insert into users (id, create_at, update_at, username, email, roles) select gen_random_uuid(), 1, 1, 'u' || n, 'u' || n || '@example.com', 'system_user' from generate_series(1, 600) n;
insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, csrf) select gen_random_uuid(), sha256(id::text::bytea), id, 1, 1, 1, '' from users;
insert into sessions (id, token_hash, user_id, create_at, expires_at, last_activity_at, csrf, device_id) select gen_random_uuid(), sha256(id::text::bytea || 'phone'), id, 1, 1, 1, '', 'phone' from users;
insert into channels (id, team_id, type, name, display_name, creator_id, create_at, update_at) select gen_random_uuid(), gen_random_uuid(), 'O', 'c' || n, '', gen_random_uuid(), 1, 1 from generate_series(1, 20) n;
insert into channel_members (channel_id, user_id, last_update_at, notify_props) select c.id, u.id, 1, case when random() < 0.1 then '{"push": "all"}' else '{}' end::jsonb from channels c, users u;
insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, type, message, props, hashtags, has_files)
select gen_random_uuid(), c.id, gen_random_uuid(), n, n, n, n, '', 'some words', '{}', '', false from channels c, generate_series(1, 1000) n;
set session_replication_role = origin;
analyze`

// workspace is an empty one's database.
func workspace(t *testing.T) (dsn string) {
	t.Helper()
	return testdb.FromTemplate(t, "workspace", func(ctx context.Context, dsn string) error {
		db, err := store.Open(dsn, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(ctx)
		return err
	})
}

// What is asked most is planned once on a connection. PostgreSQL plans a statement for its parameters again and again where it takes that to be worth it, and where it is not that
// can take longer than the statement itself.
func TestWhatIsAskedMostIsPlannedOnce(t *testing.T) {
	t.Parallel()
	dsn := workspace(t)
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), busy); err != nil {
		t.Fatal(err)
	}
	var channel, user id.ID
	if err := conn.QueryRow(t.Context(), "select channel_id, user_id from channel_members limit 1").Scan(&channel, &user); err != nil {
		t.Fatal(err)
	}
	q := dbsql.New(conn)
	for n := range int64(12) {
		said, err := q.CreatePost(t.Context(), dbsql.CreatePostParams{ID: id.New(), UserID: user, ChannelID: channel, Props: []byte("{}"), Now: n, Counted: 1, Viewer: user})
		if err != nil {
			t.Fatal(err)
		}
		page := dbsql.NewestUnlessParams{ChannelID: channel, MaxRows: 61, Known: []id.ID{said.ID}, Changed: []int64{said.UpdateAt}}
		if rows, err := q.NewestUnless(t.Context(), page); err != nil || len(rows) != 61 {
			t.Fatalf("%d posts (%v)", len(rows), err)
		}
		if _, err := q.SessionInChannel(t.Context(), dbsql.SessionInChannelParams{TokenHash: []byte("none"), ChannelID: channel}); !store.Missing(err) {
			t.Fatal(err)
		}
		if _, err := q.SessionByToken(t.Context(), []byte("none")); !store.Missing(err) {
			t.Fatal(err)
		}
	}
	rows, err := conn.Query(t.Context(), "select statement, generic_plans, custom_plans from pg_prepared_statements where statement like '-- name: %'")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	var statement string
	var generic, custom int64
	if _, err := pgx.ForEachRow(rows, []any{&statement, &generic, &custom}, func() error {
		name, _, _ := strings.Cut(strings.TrimPrefix(statement, "-- name: "), " ")
		if seen++; generic < 7 {
			t.Errorf("%s was planned %d times of %d", name, custom, generic+custom)
		}
		return nil
	}); err != nil || seen != 4 {
		t.Fatalf("%d statements (%v)", seen, err)
	}
}

// Whatever the connection does next is planned as PostgreSQL sees fit: a search could take forever by a plan for all.
func TestPlansForAllEndWithTheirTransaction(t *testing.T) {
	t.Parallel()
	db, err := store.Open(workspace(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	refused := errors.New("refused")
	for name, do := range map[string]func(ctx context.Context, q *dbsql.Queries, leave func()) error{
		"committed":   func(ctx context.Context, q *dbsql.Queries, _ func()) error { return q.LockChannel(ctx, id.New()) },
		"rolled back": func(context.Context, *dbsql.Queries, func()) error { return refused },
		"of no client": func(ctx context.Context, q *dbsql.Queries, leave func()) error {
			leave()
			return q.LockChannel(ctx, id.New())
		},
	} {
		ctx, leave := context.WithCancel(t.Context())
		err := db.PlannedTx(ctx, func(q *dbsql.Queries) error { return do(ctx, q, leave) })
		leave()
		if mode, wrong := db.PlanMode(t.Context()); wrong != nil || mode != "auto" {
			t.Errorf("after a transaction that was %s (%v) plans are %s (%v)", name, err, mode, wrong)
		}
	}
}
