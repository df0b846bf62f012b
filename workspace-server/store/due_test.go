package store_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// indebted is a workspace that owes much: 30,000 of each kind, and as many scheduled posts that could not be posted.
const indebted = `
set session_replication_role = replica;
insert into scheduled_posts (id, user_id, channel_id, create_at, update_at, message, scheduled_at, processed_at)
select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, 1, '', 1000 + n, n % 2 from generate_series(1, 60000) n;
insert into reminders (user_id, post_id, target_at) select gen_random_uuid(), gen_random_uuid(), 2000 + n from generate_series(1, 30000) n;
insert into hook_deliveries (id, hook_id, post_id, address, host, word, due_at) select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '', '', '', 3000 + n from generate_series(1, 30000) n;
insert into outbox (id, create_at, recipient, subject, body, html, due_at) select gen_random_uuid(), 1, '', '', '', '', 4000 + n from generate_series(1, 30000) n;
insert into letters_owed (user_id, due_at) select gen_random_uuid(), 5000 + n from generate_series(1, 30000) n;
insert into pushes (id, session_id, post_id, due_at) select gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 6000 + n from generate_series(1, 30000) n;
insert into notifications (post_id) select gen_random_uuid() from generate_series(1, 30000) n;
set session_replication_role = origin;
analyze`

// plan is what EXPLAIN says of a part of a statement, of which the blocks that it read are those of its own parts too.
type plan struct {
	Type  string `json:"Node Type"`
	Hit   int    `json:"Shared Hit Blocks"`
	Read  int    `json:"Shared Read Blocks"`
	Plans []plan
}

func (p plan) scans(found func(kind string)) {
	if strings.HasSuffix(p.Type, "Scan") {
		found(p.Type)
	}
	for _, part := range p.Plans {
		part.scans(found)
	}
}

// It is asked of each workspace that nobody uses, whatever that owes: a few blocks of indexes, also by the plan for all parameters.
func TestWhenSomethingIsDueIsReadFromIndexes(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), workspace(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), indebted); err != nil {
		t.Fatal(err)
	}
	if at, err := dbsql.New(conn).NextDue(t.Context(), dbsql.NextDueParams{Mails: true, Pushes: true, Now: 9, Leased: 9}); err != nil || at != 9 {
		t.Fatalf("due at %d (%v)", at, err)
	}
	var name string
	if err := conn.QueryRow(t.Context(), "select name from pg_prepared_statements where statement like '-- name: NextDue %'").Scan(&name); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "set plan_cache_mode = force_generic_plan"); err != nil {
		t.Fatal(err)
	}
	var text []byte
	if err := conn.QueryRow(t.Context(), "explain (analyze, buffers, format json) execute "+pgx.Identifier{name}.Sanitize()+"(9, 9, true, true)", pgx.QueryExecModeSimpleProtocol).Scan(&text); err != nil {
		t.Fatal(err)
	}
	var said []struct{ Plan plan }
	if err := json.Unmarshal(text, &said); err != nil || len(said) != 1 {
		t.Fatalf("%s (%v)", text, err)
	}
	kinds := 0
	said[0].Plan.scans(func(kind string) {
		if kinds++; kind != "Index Only Scan" && kind != "Index Scan" {
			t.Errorf("%s in %s", kind, text)
		}
	})
	if blocks := said[0].Plan.Hit + said[0].Plan.Read; kinds != 7 || blocks > 7*8 {
		t.Errorf("it read %d blocks by %d scans: %s", blocks, kinds, text)
	}
}
