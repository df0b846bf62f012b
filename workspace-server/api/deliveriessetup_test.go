package api_test

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// integrable is a workspace that may call programs on this machine, and doesn't tell them anything yet.
func integrable(t *testing.T, change ...func(*config.Settings)) *bundle {
	t.Helper()
	return setupWith(t, func(s *config.Settings) {
		loopback, err := egress.ParseNetworks("127.0.0.0/8")
		if err != nil {
			t.Fatal(err)
		}
		s.Integrations = config.Integrations{Networks: loopback, Within: 5 * time.Second}
		for _, c := range change {
			c(s)
		}
	})
}

// delivers has the instance tell programs what they are owed, until it is ended as a process would be.
func (b *bundle) delivers() (end func()) {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); b.api.Hooks.Run(ctx) }()
	end = sync.OnceFunc(func() { cancel(); <-ended })
	b.t.Cleanup(end)
	return end
}

// owing looks at what is owed.
type owing struct {
	*bundle
	conn  *pgx.Conn
	ahead atomic.Int64 // ns, of the clock by which is told
}

func setupOwing(t *testing.T, change ...func(*config.Settings)) *owing {
	t.Helper()
	o := &owing{bundle: integrable(t, change...)}
	o.conn = o.db()
	o.api.Hooks.Now = func() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }
	return o
}

// owed are the deliveries, and how often they were tried at most.
func (o *owing) owed() (n, tries int) {
	o.t.Helper()
	if err := o.conn.QueryRow(o.t.Context(), "select count(*), coalesce(max(attempts), 0) from hook_deliveries").Scan(&n, &tries); err != nil {
		o.t.Fatal(err)
	}
	return n, tries
}

// putOff waits until the try is over of the one delivery that is owed, which is left alone for how long, or dropped.
func (o *owing) putOff(tries int) (pause time.Duration) {
	o.t.Helper()
	o.eventually("a try is over", func() bool {
		var attempts int
		var due int64
		err := o.conn.QueryRow(o.t.Context(), "select attempts, due_at from hook_deliveries").Scan(&attempts, &due)
		pause = time.UnixMilli(due).Sub(o.api.Hooks.Now())
		leased := pause > 30*time.Second && pause < 80*time.Second
		return errors.Is(err, pgx.ErrNoRows) || attempts == tries && !leased
	})
	return pause
}

func (o *owing) settled() {
	o.t.Helper()
	o.eventually("nothing is owed", func() bool { n, _ := o.owed(); return n == 0 })
}

// pass has time go by.
func (o *owing) pass(by time.Duration) {
	o.ahead.Add(int64(by))
	o.api.Hooks.Ring()
}

// text is what a program was told that somebody said.
func (c called) text(t *testing.T) string {
	t.Helper()
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		t.Fatal(err)
	}
	return form.Get("text")
}

// fill has a hook owe so much more of a post.
func (o *owing) fill(hook, post id.ID, n int) {
	o.t.Helper()
	_, err := o.conn.Exec(o.t.Context(), `insert into hook_deliveries (id, hook_id, post_id, address, host, word, due_at)
		select gen_random_uuid(), $1, $2, n::text, '', '', 0 from generate_series(1, $3::int) n`, hook, post, n)
	if err != nil {
		o.t.Fatal(err)
	}
}
