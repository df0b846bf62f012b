package controlplane

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestHealthSaysWhetherTheDatabaseIsThereAndCurrent(t *testing.T) {
	t.Parallel()
	b := setup(t)
	status := func(path string) (int, string) {
		a, err := b.try(get, path, "", nil)
		b.must(err)
		return a.status, string(a.body)
	}
	if got, body := status("/readyz"); got != http.StatusOK {
		t.Errorf("ready: %d %s", got, body)
	}
	_, err := b.pool.Exec(t.Context(), "with newer as (update schema_version set version = version + 1 returning version) update schema_support set oldest = version from newer")
	b.must(err)
	if got, body := status("/readyz"); got != http.StatusServiceUnavailable || !strings.Contains(body, "newer schema") {
		t.Errorf("newer schema: %d %s", got, body)
	}
	b.server.config.Pool = closed(b)
	if got, body := status("/readyz"); got != http.StatusServiceUnavailable || !strings.Contains(body, "can't be reached") {
		t.Errorf("no database: %d %s", got, body)
	}
	if got, body := status("/healthz"); got != http.StatusOK {
		t.Errorf("alive: %d %s", got, body)
	}
}

func TestReadinessTellsOfADatabaseThatTakesNothingMore(t *testing.T) {
	t.Parallel()
	b := setup(t)
	_, err := b.pool.Exec(t.Context(), "do $$ begin execute format('alter database %I set temp_file_limit = 0', current_database()); end $$")
	b.must(err)
	b.pool.Reset()
	a, err := b.try(get, readyPath, "", nil)
	b.must(err)
	if a.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestWhoAsksForRoomAtOnceSharesALook(t *testing.T) {
	t.Parallel()
	looks := 0
	var l roomLook
	for range 3 {
		if err := l.is(func() error { looks++; return errors.New("full") }); err == nil {
			t.Error("what came of the look is forgotten")
		}
	}
	if l.at = time.Now().Add(-2 * roomLookEvery); l.is(func() error { looks++; return nil }) != nil || looks != 2 {
		t.Errorf("%d looks", looks)
	}
}

func TestHealthAndPagesAreAskedForByHEADToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{healthPath, readyPath, "/", prefix + "/openapi.json"} {
		a, err := b.try(http.MethodHead, path, "", nil)
		b.must(err)
		if a.status != http.StatusOK || len(a.body) != 0 {
			t.Errorf("HEAD %s answers %d with %d bytes", path, a.status, len(a.body))
		}
	}
	a, err := b.try(post, healthPath, "", nil)
	b.must(err)
	if allowed := a.header.Get("Allow"); a.status != http.StatusMethodNotAllowed || allowed != "GET, HEAD" {
		t.Errorf("POST answers %d, allowed are %s", a.status, allowed)
	}
	b.server.config.Pool = closed(b)
	if a, err = b.try(http.MethodHead, readyPath, "", nil); err != nil || a.status != http.StatusServiceUnavailable {
		t.Errorf("without a database HEAD answers %d, %v", a.status, err)
	}
}

// closed is a pool without a database.
func closed(b *bundle) *pgxpool.Pool {
	b.t.Helper()
	dead, err := pgxpool.New(b.t.Context(), "postgres://nobody@/nothing?host=/nowhere")
	b.must(err)
	dead.Close()
	return dead
}

func TestProbesAreNeitherLoggedNorTracedUnlessTheyFail(t *testing.T) {
	t.Parallel()
	b := setup(t)
	spans := b.traced()
	ask := func(path, request string) {
		_, err := b.try(get, path, "", nil, requestIDHeader, request)
		b.must(err)
	}
	ask(healthPath, "probe-of-health")
	ask(readyPath, "probe-of-readiness")
	ask("/", "a-page")
	b.line("a-page")
	if log := b.log.String(); strings.Contains(log, "probe-of-") {
		t.Errorf("probes are in the log:\n%s", log)
	}
	if n := len(spans.Ended()); n != 1 {
		t.Errorf("%d spans, want that of the page", n)
	}
	b.server.config.Pool = closed(b)
	ask(readyPath, "probe-that-failed")
	if _, parts := b.line("probe-that-failed"); parts["level"] != slog.LevelError.String() {
		t.Errorf("%v", parts)
	}
}
