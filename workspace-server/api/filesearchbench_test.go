package api_test

import (
	"net/http"
	"slices"
	"testing"
	"time"
)

// BenchmarkFileSearch looks for what few, many and all of 100 000 files have in their names, and says how long the slowest in a hundred takes.
func BenchmarkFileSearch(b *testing.B) {
	s := setup(b)
	post := s.say(s.member, s.public.ID, "here")
	if _, err := s.db().Exec(b.Context(), `insert into files (id, creator_id, channel_id, post_id, create_at, update_at, name, extension, mime_type, size)
		select gen_random_uuid(), $1, case when n % 3 = 0 then $4::uuid else $2::uuid end, $3, n, n, (array['roof','plan','photo','invoice'])[n % 4 + 1] || '-' || n || '報告.' || (array['pdf','png'])[n % 2 + 1], (array['pdf','png'])[n % 2 + 1], 'x/y', 1
		from generate_series(1, 100000) n`, s.member.id, s.public.ID, post.ID, s.private.ID); err != nil {
		b.Fatal(err)
	}
	if _, err := s.db().Exec(b.Context(), "vacuum analyze"); err != nil {
		b.Fatal(err)
	}
	for _, terms := range []string{"invoice-4711", "roof", "報告", "rep* inv*", "ext:pdf", "roof -ext:pdf -47*", "ext:gif", "nothing", "-roof", "from:ben in:timber photo"} {
		b.Run(terms, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				s.must(s.member, http.MethodPost, "/teams/"+s.team.ID.String()+"/files/search", map[string]any{"terms": terms})
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
		})
	}
}
