package api_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// BenchmarkThreads reads the newest 25 of 30,000 threads that somebody follows, of which a third is unread, with the totals; and the totals alone.
func BenchmarkThreads(b *testing.B) {
	s := setup(b)
	db := s.db()
	for _, statement := range []string{`
		with roots as (
			insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, message, reply_count, last_reply_at)
			select gen_random_uuid(), $1, $2, n, n, n, n, 'root', 1, n from generate_series(1, 30000) n returning id, last_reply_at)
		insert into thread_members (root_id, user_id, channel_id, team_id, following, last_reply_at, last_viewed_at, unread_replies, update_at)
		select id, $2, $1, $3, true, last_reply_at, 0, (last_reply_at % 3 = 0)::int, 1 from roots`, "vacuum analyze"} {
		args := []any{uuid.UUID(s.public.ID), uuid.UUID(s.admin.id), uuid.UUID(s.team.ID)}
		if statement == "vacuum analyze" {
			args = nil
		}
		if _, err := db.Exec(b.Context(), statement, args...); err != nil {
			b.Fatal(err)
		}
	}
	for name, query := range map[string]string{"list": "?per_page=25&threadsOnly=true", "totals": "?totalsOnly=true"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				got := must[wire.Threads](s, s.admin, http.MethodGet, s.threadsPath()+query, nil)
				if len(got.Threads) != 25 && got.TotalUnreadThreads != 10000 {
					b.Fatalf("%+v", got)
				}
			}
		})
	}
}
