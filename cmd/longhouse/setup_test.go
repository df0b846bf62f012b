package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// asProgram makes this test binary be the program, so that tests see real exit codes and own environments.
const asProgram = "LONGHOUSE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// shell is a user with a home of its own, in front of a control plane of its own.
type shell struct {
	t     *testing.T
	home  string
	api   string
	token string // LONGHOUSE_TOKEN, where it is set
	stdin string
	pool  *pgxpool.Pool
	store *tenants.Store

	server   *controlplane.Server
	requests *sameRequests
}

// setup serves an installation with one cell, where every operation ends as state says.
func setup(t *testing.T, state tenants.Progress) *shell {
	t.Helper()
	s := &shell{t: t, home: t.TempDir(), requests: &sameRequests{}}
	dsn := testdb.FromTemplate(t, "control", func(ctx context.Context, dsn string) error {
		pool, err := db.Open(ctx, dsn, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return tenants.Migrate(ctx, pool)
	})
	var err error
	s.pool, err = db.Open(t.Context(), dsn, 6)
	s.must(err)
	t.Cleanup(s.pool.Close)
	queue, err := jobs.NewQueue(s.pool, slog.New(slog.DiscardHandler))
	s.must(err)
	s.store = tenants.NewStore(s.pool, queue, "longhouse.test")
	_, err = s.store.RegisterCell(t.Context(), tenants.Cell{Region: "local", Name: "local", Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
	s.must(err)
	_, err = s.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	s.must(err)
	s.server, err = controlplane.New(controlplane.Config{Store: s.store, Pool: s.pool, Opener: opener{}, Steps: func(tenants.Kind) []string { return []string{"first", "second"} }, ControlKey: [32]byte{1},
		TLSKey: [32]byte{2}, EdgeTokenHash: sha256.Sum256([]byte("edge")), AuditKey: auditKey, CertificateKey: make([]byte, 32),
		Archive: noArchive{}, AccessLog: s.requests, AccessLogDays: 365, Log: slog.New(slog.DiscardHandler),
		WorkspaceURL: func(slug string) string { return "http://" + slug + ".longhouse.test" }})
	s.must(err)
	web := httptest.NewServer(s.server)
	t.Cleanup(web.Close)
	s.api = web.URL
	s.work(state)
	return s
}

var auditKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))

// noArchive has nothing.
type noArchive struct{}

func (noArchive) Kept(context.Context, func(string, audit.Signed) error) error { return nil }

func (noArchive) Heads(context.Context, string) ([]audit.ArchivedHead, error) { return nil, nil }

type opener struct{}

func (opener) Open(_ context.Context, ws tenants.Workspace, _ string) (url, token string, err error) {
	return "http://" + ws.Slug + ".longhouse.test/longhouse/sign-in?t=once", "session-token", nil
}

// Visits has ada come from this machine, and 14 of eve's sessions from afar.
func (opener) Visits(_ context.Context, _ tenants.Workspace, _ string, since time.Time) (tenants.IPVisits, error) {
	return tenants.IPVisits{Visits: []tenants.IPVisit{{User: "u1", Username: "ada", Address: netip.MustParseAddr("127.0.0.1"), Sessions: 1, LastAt: since},
		{User: "u2", Username: "eve", Address: netip.MustParseAddr("198.51.100.7"), Sessions: 14, LastAt: since}}}, nil
}

// work ends operations as a worker would.
func (s *shell) work(state tenants.Progress) {
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			if err := s.workOnce(ctx, state); err != nil && ctx.Err() == nil {
				s.t.Error(err)
				return
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	s.t.Cleanup(func() {
		cancel()
		working.Wait()
	})
}

func (s *shell) workOnce(ctx context.Context, state tenants.Progress) error {
	var next uuid.UUID
	err := s.pool.QueryRow(ctx, "select id from operations where finished_at is null limit 1").Scan(&next)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	op, err := s.store.Operation(ctx, next)
	if err != nil {
		return err
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "insert into operation_steps (operation_id, number, name, state, started_at, finished_at) values ($1, 1, 'database', 'done', now(), now())", next)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, "update operations set state = $2, finished_at = now(), message = 'it ended' where id = $1", next, string(state))
		if err != nil {
			return err
		}
		return s.store.Arrive(ctx, tx, op, state)
	})
}

func (s *shell) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// ran is how a run of the program ended.
type ran struct {
	code     int
	out, err string
}

// run runs the program.
func (s *shell) run(args ...string) ran {
	s.t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(s.t.Context(), os.Args[0], args...)
	c.Env = []string{asProgram + "=1", "HOME=" + s.home, "LONGHOUSE_API=" + s.api, "LONGHOUSE_TOKEN=" + s.token, "PATH=" + os.Getenv("PATH")}
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(s.stdin), &out, &errs
	err := c.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return ran{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// want runs the program and fails the test unless it exits so.
func (s *shell) want(code int, args ...string) ran {
	s.t.Helper()
	r := s.run(args...)
	if r.code != code {
		s.t.Fatalf("longhouse %s exits %d, want %d\nout: %s\nerr: %s", strings.Join(args, " "), r.code, code, r.out, r.err)
	}
	return r
}

// into reads the one JSON value of standard output.
func (r ran) into(t *testing.T, v any) {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(r.out))
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%q: %v", r.out, err)
	}
	if decoder.More() {
		t.Fatalf("more than one value: %q", r.out)
	}
}

const password = "correct horse battery"

func (s *shell) passwordFile() string {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "password")
	s.must(os.WriteFile(path, []byte(password+"\n"), 0o600))
	return path
}

func (s *shell) signUp(slug string, more ...string) ran {
	s.t.Helper()
	return s.run(append([]string{"signup", "--email", slug + "@example.com", "--password-file", s.passwordFile(), "--tenant", "Tenant " + slug,
		"--workspace", slug}, more...)...)
}
