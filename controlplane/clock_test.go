package controlplane

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// clock is the real one, moved, with workers that look at it.
type clock struct {
	pool  *pgxpool.Pool
	mu    sync.Mutex
	moved time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().UTC().Add(c.moved).Truncate(time.Microsecond)
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved += d
	if _, err := c.pool.Exec(context.Background(), "update clock set seen_at = $1", time.Now().Add(c.moved)); err != nil {
		panic(err)
	}
}

// leap has the clock go forward by so much, as a worker sees it.
func (b *bundle) leap(by time.Duration) {
	b.t.Helper()
	_, err := b.pool.Exec(b.t.Context(), "update clock set seen_at = clock_timestamp() - make_interval(secs => $1)", by.Seconds())
	b.must(err)
	_, err = b.store.MendClock(b.t.Context(), func() time.Duration { return 10 * time.Second })
	b.must(err)
}

func today() TrustClockBody { return TrustClockBody{Date: time.Now().UTC().Format(time.DateOnly)} }

func init() {
	wishes["trust-clock"] = func(b *bundle) wish {
		b.leap(90 * 24 * time.Hour)
		return wish{"/clock/trust", b.operator(), today()}
	}
}

func TestAClockThatLeaptIsDoubtedUntilAnOperatorLookedAtAnother(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.operator()
	read := func() (c Clock) {
		b.want(http.StatusOK, get, "/clock", op, nil).into(t, &c)
		return c
	}
	if c := read(); c.Doubt != 0 || c.LeaptAt != nil {
		t.Errorf("before: %+v", c)
	}
	b.want(http.StatusConflict, post, "/clock/trust", op, today())
	b.leap(100 * time.Hour)
	if c := read(); int(c.Doubt)/3600 != 99 || c.LeaptAt == nil || !c.Certain.Before(c.SeenAt.Add(-99*time.Hour)) {
		t.Errorf("after a leap: %+v", c)
	}
	var doubt float64
	text := `
		# HELP longhouse_removals_held Workspaces that would be removed if the clock were believed.
		# TYPE longhouse_removals_held gauge
		longhouse_removals_held 0` + "\n"
	if err := testutil.CollectAndCompare(NewGauges(b.store, b.server.log), strings.NewReader(text), "longhouse_removals_held"); err != nil {
		t.Error(err)
	}
	b.must(b.pool.QueryRow(t.Context(), "select doubt_seconds from clock").Scan(&doubt))
	if a := b.want(http.StatusUnprocessableEntity, post, "/clock/trust", op, TrustClockBody{Date: "2020-01-01"}); !strings.Contains(string(a.body), "another clock shows") {
		t.Errorf("another date: %s", a.body)
	}
	b.want(http.StatusOK, post, "/clock/trust", op, today())
	if c := read(); c.Doubt != 0 || c.LeaptAt != nil {
		t.Errorf("trusted: %+v", c)
	}
}
