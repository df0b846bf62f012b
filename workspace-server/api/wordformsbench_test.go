package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkWordForms looks for words that stand in 100 000 posts in four forms each, as they stand and in all of their forms, and says how long the
// slowest in a hundred takes. The last 100 posts are not learned.
func BenchmarkWordForms(b *testing.B) {
	s := setup(b)
	const post = `insert into posts (id, channel_id, user_id, seq, root_seq, create_at, update_at, message)
		select (lpad(to_hex($3::bigint + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, n, n, $3 + n, $3 + n,
			'we ' || (array['paint','paints','painted','painting'])[n % 4 + 1] || ' wall' || (array['','s'])[n % 2 + 1] || ' and ' || case when n % 50 = 0 then 'mount' || (array['','s','ed','ing'])[n / 50 % 4 + 1] else 'nothing' end
			|| ' of q' || translate((n % 20000)::text, '0123456789', 'abdfgjkmop') || (array['','s','ed','ing'])[n / 20000 % 4 + 1] || ' here'
		from generate_series($4::int, $5::int) n`
	now := time.Now().UnixMilli()
	if _, err := s.db().Exec(b.Context(), post, s.public.ID, s.admin.id, now-3_600_000, 1, 100_000); err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := s.api.Search.Learn(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Logf("learning took %s", time.Since(began))
	if _, err := s.db().Exec(b.Context(), post, s.public.ID, s.admin.id, now-100_000, 100_001, 100_100); err != nil {
		b.Fatal(err)
	}
	if _, err := s.db().Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	for _, terms := range []string{`"painted"`, "painted", `"mounted"`, "mounted", `"qbdfged"`, "qbdfged", "painted walls", `"painted walls"`, "nothingness"} {
		b.Run(terms, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				s.must(s.member, http.MethodPost, "/teams/"+s.team.ID.String()+"/posts/search", map[string]any{"terms": terms})
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}
