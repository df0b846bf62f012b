package controlplane

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/jobs"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/tenants"
)

const edgeToken = "edge-token-of-the-test"

// bundle is a server on its own database, reachable over HTTP.
type bundle struct {
	t      testing.TB
	server *Server
	store  *tenants.Store
	pool   *pgxpool.Pool
	url    string
	log    *logBuffer
	clock  *clock
	// archive is empty, until a test puts something there.
	archive *shelf
	// requests is empty, until a test puts an object store there.
	requests *requests
	client   *http.Client
}

func setup(t testing.TB) *bundle {
	t.Helper()
	b := bare(t)
	ctx := t.Context()
	_, err := b.store.RegisterCell(ctx, tenants.Cell{Region: "local", Name: "local", Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
	b.must(err)
	_, err = b.store.RegisterRelease(ctx, tenants.Release{Engine: "longhouse", Version: "1.0.0", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	b.must(err)
	return b
}

// bare is a server on an installation without a cell.
func bare(t testing.TB) *bundle {
	t.Helper()
	dsn := testdb.FromTemplate(t, "control", func(ctx context.Context, dsn string) error {
		pool, err := db.Open(ctx, dsn, 2)
		if err != nil {
			return err
		}
		defer pool.Close()
		return tenants.Migrate(ctx, pool)
	})
	pool, err := db.Open(t.Context(), dsn, 8)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	b := &bundle{t: t, pool: pool, log: &logBuffer{}, clock: &clock{pool: pool}, archive: &shelf{}, requests: &requests{}, client: http.DefaultClient}
	log := slog.New(slog.NewJSONHandler(b.log, nil))
	queue, err := jobs.NewQueue(pool, log)
	b.must(err)
	b.store = tenants.NewStore(pool, queue, "longhouse.test")
	b.store.SetClock(b.clock.now)
	b.clock.move(0) // the template's was last seen when that was made
	b.server, err = New(Config{Store: b.store, Pool: pool, Opener: opener{}, Steps: func(tenants.Kind) []string { return []string{"first", "second"} }, WorkspaceURL: func(slug string) string { return "http://" + slug + ".longhouse.test:8065" },
		ControlKey: [32]byte{1}, TLSKey: [32]byte{2}, EdgeTokenHash: sha256.Sum256([]byte(edgeToken)), Log: log,
		AuditKey: auditKey, CertificateKey: auditKey.Public().(ed25519.PublicKey), Archive: b.archive, AccessLog: b.requests, AccessLogDays: 365})
	b.must(err)
	b.server.now = b.clock.now
	b.serve()
	return b
}

func (b *bundle) serve() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	server := b.server // a test that serves anew puts another in its place
	running.Go(func() { server.Run(ctx) })
	web := httptest.NewServer(server)
	b.url = web.URL
	b.t.Cleanup(func() {
		cancel()
		running.Wait()
		web.Close()
	})
}

// opener stands where the workspace begins.
type opener struct{}

func (opener) Open(_ context.Context, ws tenants.Workspace, actor string) (url, token string, err error) {
	return "http://" + ws.Slug + ".longhouse.test:8065/longhouse/sign-in?t=once", "session of " + actor, nil
}

// Visits has ada come from this machine, and two of eve's sessions from afar.
func (opener) Visits(_ context.Context, _ tenants.Workspace, _ string, since time.Time) (tenants.IPVisits, error) {
	return tenants.IPVisits{Visits: []tenants.IPVisit{{User: "u1", Username: "ada", Address: netip.MustParseAddr("127.0.0.1"), Sessions: 1, LastAt: since},
		{User: "u2", Username: "eve", Address: netip.MustParseAddr("198.51.100.7"), Sessions: 2, LastAt: since}}}, nil
}

type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// about returns the line of a request. It is written when the answer is out, and so waited for a little.
func (l *logBuffer) about(request string) string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 500 {
		for line := range strings.Lines(l.String()) {
			if strings.Contains(line, request) {
				return line
			}
		}
		<-tick.C
	}
	return ""
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%d %s: %v", a.status, a.body, err)
	}
}

// call sends body, which is JSON text, bytes as they are, or something to encode, to an address under /api/v1.
func (b *bundle) call(method, path, token string, body any, headers ...string) answer {
	b.t.Helper()
	a, err := b.try(method, prefix+path, token, body, headers...)
	b.must(err)
	return a
}

// want calls and fails the test unless the status is right.
func (b *bundle) want(status int, method, path, token string, body any, headers ...string) answer {
	b.t.Helper()
	a := b.call(method, path, token, body, headers...)
	if a.status >= http.StatusInternalServerError && a.status != status {
		b.t.Logf("the server's log:\n%s", b.log.about(a.header.Get("X-Request-Id")))
	}
	if a.status != status {
		b.t.Fatalf("%s %s answers %d %s, want %d", method, path, a.status, a.body, status)
	}
	return a
}

func (b *bundle) try(method, path, token string, body any, headers ...string) (answer, error) {
	var text io.Reader
	switch v := body.(type) {
	case nil:
	case string:
		text = strings.NewReader(v)
	case []byte:
		text = bytes.NewReader(v)
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			return answer{}, err
		}
		text = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, b.url+path, text)
	if err != nil {
		return answer{}, err
	}
	if text != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := b.client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	a := answer{res.StatusCode, res.Header, raw}
	if err == nil {
		err = b.server.documented(method, path, a)
	}
	return a, err
}

const password = "correct horse battery"

func signUpBody(slug string) SignUpBody {
	return SignUpBody{Email: slug + "@example.com", Password: password, Tenant: "Tenant " + slug, Slug: slug}
}

func (b *bundle) signUp(slug string) SignedUp {
	b.t.Helper()
	var done SignedUp
	b.want(http.StatusCreated, post, "/signup", "", signUpBody(slug)).into(b.t, &done)
	return done
}

// confirm confirms the person's address as the mailed link does.
func (b *bundle) confirm(person string) {
	b.t.Helper()
	_, secret, err := b.store.NewConfirmation(b.t.Context(), b.uuid(id.Person, person))
	b.must(err)
	b.want(http.StatusNoContent, post, "/confirmations", "", ConfirmBody{Token: secret})
}

// finish ends an open operation as the provisioner would, and with it the workspace's passage.
func (b *bundle) finish(operation string) {
	b.t.Helper()
	u, err := id.Parse(id.Operation, operation)
	b.must(err)
	op, err := b.store.Operation(b.t.Context(), u)
	b.must(err)
	tx, err := b.pool.Begin(b.t.Context())
	b.must(err)
	defer func() { _ = tx.Rollback(context.Background()) }()
	_, err = tx.Exec(b.t.Context(), "update operations set state = 'succeeded', finished_at = now(), message = 'done' where id = $1", u)
	b.must(err)
	b.must(b.store.Arrive(b.t.Context(), tx, op, tenants.Succeeded))
	b.must(tx.Commit(b.t.Context()))
}

// operator returns the token of a fresh operator.
func (b *bundle) operator() string {
	b.t.Helper()
	secret, err := b.store.EnsureOperator(b.t.Context(), "local")
	b.must(err)
	return secret
}

var counted = []string{"persons", "tenants", "members", "sessions", "api_tokens", "workspaces", "slugs", "operations", "audit_events", "idempotency_keys", "webhooks", "webhook_deliveries", "ip_filters", "ip_filter_mails", "ip_filter_trials", "ip_filter_hours", "break_glass_wishes", "break_glass_links", "domains", "domain_checks", "domain_mails"}

// rows counts everything, to show that nothing has changed.
func (b *bundle) rows() string {
	b.t.Helper()
	var text strings.Builder
	for _, table := range counted {
		var n int
		b.must(b.pool.QueryRow(b.t.Context(), "select count(*) from "+table).Scan(&n))
		fmt.Fprintf(&text, "%s=%d ", table, n)
	}
	return text.String()
}

func (b *bundle) uuid(prefix, shown string) uuid.UUID {
	b.t.Helper()
	u, err := id.Parse(prefix, shown)
	b.must(err)
	return u
}
