package maintenance

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/tenants"
)

// bundle is a tenant on a database of its own, a clock that tests move, and a courier whose rounds tests begin.
type bundle struct {
	t       *testing.T
	store   *tenants.Store
	pool    *pgxpool.Pool
	hooks   *tenants.Webhooks
	queue   *queue
	courier *Courier
	tenant  uuid.UUID
	owner   tenants.Principal
	mu      sync.Mutex
	time    time.Time
}

func setup(t *testing.T) *bundle {
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
	b := &bundle{t: t, pool: pool, time: time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC)}
	b.queue = &queue{ids: map[string][]uuid.UUID{}}
	b.store = tenants.NewStore(pool, b.queue, "longhouse.test")
	b.store.SetClock(b.now)
	_, err = b.pool.Exec(t.Context(), "update clock set seen_at = $1", b.time)
	b.must(err)
	_, err = b.store.RegisterCell(t.Context(), tenants.Cell{Region: "local", Name: "local", Kind: "local", Outputs: json.RawMessage(`{}`)}, 300100)
	b.must(err)
	_, err = b.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	b.must(err)
	b.hooks = b.store.Webhooks([32]byte{7}, loopback(t))
	b.courier = b.newCourier("courier")
	b.tenant, b.owner = b.signUp("engines")
	b.seal()
	return b
}

func (b *bundle) newCourier(name string) *Courier {
	return NewCourier(b.hooks, NewSender(loopback(b.t), prometheus.NewRegistry()), name, rounds.New(nil), slog.New(slog.DiscardHandler))
}

func loopback(t *testing.T) egress.Networks {
	t.Helper()
	networks, err := egress.ParseNetworks("127.0.0.0/8")
	if err != nil {
		t.Fatal(err)
	}
	return networks
}

// queue keeps what it was nudged about, by topic.
type queue struct {
	mu  sync.Mutex
	ids map[string][]uuid.UUID
}

// Remind implements tenants.Nudger.
func (q *queue) Remind(ctx context.Context, tx pgx.Tx, topic string, id uuid.UUID) error {
	return q.Nudge(ctx, tx, topic, id, 1)
}

// Nudge implements tenants.Nudger.
func (q *queue) Nudge(_ context.Context, _ pgx.Tx, topic string, id uuid.UUID, _ int) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ids[topic] = append(q.ids[topic], id)
	return nil
}

func (b *bundle) now() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.time
}

// move has time pass, with workers that look at the clock.
func (b *bundle) move(d time.Duration) {
	b.put(d)
	_, err := b.pool.Exec(b.t.Context(), "update clock set seen_at = seen_at + make_interval(secs => $1)", d.Seconds())
	b.must(err)
}

// put puts the clock, and nobody has looked since.
func (b *bundle) put(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.time = b.time.Add(d)
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) signUp(slug string) (uuid.UUID, tenants.Principal) {
	b.t.Helper()
	done, err := b.store.SignUp(b.t.Context(), tenants.SignUp{Email: slug + "@example.com", Password: "correct horse battery", Tenant: slug, Slug: slug})
	b.must(err)
	p, err := b.store.Identify(b.t.Context(), done.Session)
	b.must(err)
	return done.Tenant.ID, p
}

// happen makes an event, an API token's coming to be, whose name tells which.
func (b *bundle) happen(names ...string) {
	b.t.Helper()
	for _, name := range names {
		_, _, err := b.store.CreateToken(b.t.Context(), b.owner, b.tenant, token(name))
		b.must(err)
		b.seal()
	}
}

func token(name string) tenants.NewToken {
	return tenants.NewToken{Name: name, Scopes: []tenants.Permission{tenants.ReadTenant}}
}

func (b *bundle) seal() {
	b.t.Helper()
	_, err := b.store.Seal(b.t.Context())
	b.must(err)
}

// hook is a webhook that is told of the events that happen makes.
func (b *bundle) hook(url string) (tenants.Webhook, string) {
	b.t.Helper()
	hook, secret, err := b.hooks.Create(b.t.Context(), b.owner, b.tenant, tenants.NewWebhook{URL: url, Events: []string{"token.create"}, Enabled: true})
	b.must(err)
	b.seal()
	return hook, secret
}

// round lets a courier do all that can be done now, and waits for the end of it.
func (b *bundle) round(c *Courier) {
	b.t.Helper()
	b.must(c.spread(b.t.Context()))
	var under sync.WaitGroup
	b.must(c.quick.deliver(b.t.Context(), &under))
	b.must(c.slow.deliver(b.t.Context(), &under))
	under.Wait()
}

func (b *bundle) webhook(hook uuid.UUID) tenants.Webhook {
	b.t.Helper()
	h, err := b.hooks.Webhook(b.t.Context(), b.tenant, hook)
	b.must(err)
	return h
}

func (b *bundle) deliveries(hook uuid.UUID, state tenants.DeliveryState) []tenants.Delivery {
	b.t.Helper()
	list, err := b.hooks.Deliveries(b.t.Context(), b.tenant, hook, state, tenants.Page{Limit: 1000})
	b.must(err)
	return list
}

// receiver is somebody's server, which keeps what came.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	got    []received
	answer http.HandlerFunc
}

type received struct {
	header http.Header
	body   []byte
	name   string // of the API token that the event tells of
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) serve(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var event struct {
		Data struct{ Details map[string]string }
	}
	_ = json.Unmarshal(body, &event)
	r.mu.Lock()
	r.got = append(r.got, received{req.Header, body, event.Data.Details["name"]})
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

// answers sets what is answered from now on.
func (r *receiver) answers(with http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = with
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// names are those of what came, in order.
func (r *receiver) names() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var names []string
	for _, g := range r.got {
		names = append(names, g.name)
	}
	return strings.Join(names, " ")
}

func (r *receiver) last() received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got[len(r.got)-1]
}
