package jobs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
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

// desk is a queue on a database of its own, and a worker that writes down what it handles.
type desk struct {
	*testing.T
	pool  *pgxpool.Pool
	queue *Queue
	log   *lines
	ended chan error
	end   context.CancelFunc
}

func setup(t *testing.T, handlers map[string]Handler) *desk {
	t.Helper()
	return looking(t, time.Second, handlers)
}

// looking has the worker look for itself only so often.
func looking(t *testing.T, look time.Duration, handlers map[string]Handler) *desk {
	t.Helper()
	url := testdb.FromTemplate(t, "jobs", func(ctx context.Context, url string) error {
		pool, err := db.Open(ctx, url, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return errors.Join(Migrate(ctx, pool), Migrate(ctx, pool))
	})
	pool, err := db.Open(t.Context(), url, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	d := &desk{T: t, pool: pool, log: &lines{}, ended: make(chan error, 1)}
	log := slog.New(slog.NewTextHandler(d.log, nil))
	d.queue, err = NewQueue(pool, log)
	d.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	d.end = cancel
	lanes := map[string]Lane{}
	for topic, handle := range handlers {
		lanes[topic] = Lane{Handle: handle, Parallel: 4}
	}
	go func() { d.ended <- work(ctx, pool, log, lanes, look) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-d.ended:
			d.must(err)
		case <-time.After(20 * time.Second):
			t.Error("Work did not return")
		}
	})
	return d
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// nudge commits a nudge for each id.
func (d *desk) nudge(topic string, attempts int, ids ...uuid.UUID) {
	d.Helper()
	d.must(pgx.BeginFunc(d.Context(), d.pool, func(tx pgx.Tx) error {
		for _, id := range ids {
			if err := d.queue.Nudge(d.Context(), tx, topic, id, attempts); err != nil {
				return err
			}
		}
		return nil
	}))
}

// state is what River makes of the one nudge that there is.
func (d *desk) state() (state string) {
	d.Helper()
	d.must(d.pool.QueryRow(d.Context(), "select state from river_job").Scan(&state))
	return state
}

func (d *desk) eventually(what string, ok func() bool) {
	d.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			d.Fatalf("waited in vain for: %s", what)
		}
	}
}

// lines is a log that may be read meanwhile.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// into sends each id that is handled.
func into(seen chan uuid.UUID) map[string]Handler {
	return map[string]Handler{"topic": func(_ context.Context, id uuid.UUID) error { seen <- id; return nil }}
}

// next is the id that is handled within the time.
func next(d *desk, seen chan uuid.UUID, within time.Duration) uuid.UUID {
	d.Helper()
	select {
	case id := <-seen:
		return id
	case <-time.After(within):
		d.Fatalf("nothing was handled within %s", within)
		return uuid.Nil
	}
}

func TestNudgeOfATransactionThatIsUndoneNeverComes(t *testing.T) {
	t.Parallel()
	seen := make(chan uuid.UUID, 100)
	d := setup(t, into(seen))
	undone := errors.New("undone")
	err := pgx.BeginFunc(t.Context(), d.pool, func(tx pgx.Tx) error {
		return errors.Join(undone, d.queue.Nudge(t.Context(), tx, "topic", uuid.New(), 1))
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	after := uuid.New()
	d.nudge("topic", 1, after)
	if got := next(d, seen, 20*time.Second); got != after {
		t.Errorf("%s was handled, want %s", got, after)
	}
	var n int
	d.must(d.pool.QueryRow(t.Context(), "select count(*) from river_job").Scan(&n))
	if n != 1 {
		t.Errorf("there are %d nudges", n)
	}
}

func TestTwoNudgesOfOneIDBothCome(t *testing.T) {
	t.Parallel()
	seen := make(chan uuid.UUID, 100)
	d := setup(t, into(seen))
	id := uuid.New()
	d.nudge("topic", 1, id, id)
	if a, b := next(d, seen, 20*time.Second), next(d, seen, 20*time.Second); a != id || b != id {
		t.Errorf("%s and %s were handled", a, b)
	}
}

func TestErrorIsTriedAgainAsOftenAsTheNudgeAllowsAndWrittenDown(t *testing.T) {
	t.Parallel()
	for attempts, panics := range map[int]bool{1: false, 2: true} {
		var mu sync.Mutex
		tries := 0
		d := setup(t, map[string]Handler{"topic": func(context.Context, uuid.UUID) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			if panics && tries == 1 {
				panic("no such mailbox")
			}
			return errors.New("no such mailbox")
		}})
		id := uuid.New()
		d.nudge("topic", attempts, id)
		d.eventually("the last attempt", func() bool { return d.state() == "discarded" })
		mu.Lock()
		if tries != attempts {
			t.Errorf("%d tries, want %d", tries, attempts)
		}
		mu.Unlock()
		log := d.log.String()
		if n := strings.Count(log, "msg=\"nudge "); n != attempts || !strings.Contains(log, id.String()) {
			t.Errorf("%d lines of %d:\n%s", n, attempts, log)
		}
	}
}

func TestWorkEndsWhenItsHandlersHaveEnded(t *testing.T) {
	t.Parallel()
	began, finish, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	d := setup(t, map[string]Handler{"topic": func(ctx context.Context, _ uuid.UUID) error {
		close(began)
		<-finish
		done <- ctx.Err()
		return nil
	}})
	d.nudge("topic", 1, uuid.New())
	<-began
	d.end()
	select {
	case err := <-d.ended:
		t.Fatalf("Work returned before its handler: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(finish)
	if err := <-done; err != nil {
		t.Errorf("the handler was cancelled: %v", err)
	}
	err := <-d.ended
	d.ended <- err // for the clean-up
	d.must(err)
	if state := d.state(); state != "completed" {
		t.Errorf("state = %s", state)
	}
}

func TestNoMoreThanSoManyAtATime(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var now int
	var most []int
	finish := make(chan struct{})
	d := setup(t, map[string]Handler{"topic": func(context.Context, uuid.UUID) error {
		mu.Lock()
		now++
		most = append(most, now)
		mu.Unlock()
		<-finish
		mu.Lock()
		now--
		mu.Unlock()
		return nil
	}})
	var ids []uuid.UUID
	for range 12 {
		ids = append(ids, uuid.New())
	}
	d.nudge("topic", 1, ids...)
	d.eventually("four at work", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return now == 4
	})
	close(finish)
	d.eventually("all", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(most) == 12 && now == 0
	})
	if slices.Max(most) != 4 {
		t.Errorf("at work at a time: %v", most)
	}
}
