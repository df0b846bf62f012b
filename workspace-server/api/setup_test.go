package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/testdb"
	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/server"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// bundle is a workspace with an admin, a team with a member in it, and someone who is in no team.
type bundle struct {
	t       testing.TB
	api     *api.API
	url     string
	dsn     string
	base    config.Settings
	who     config.Identity
	admin   person
	member  person
	outside person
	team    wire.Team
	public  wire.Channel // with admin and member
	private wire.Channel // with the admin alone
	log     tally
}

// tally counts what is logged, by its message.
type tally struct{ seen *sync.Map }

func (tally) Enabled(context.Context, slog.Level) bool { return true }
func (t tally) WithAttrs([]slog.Attr) slog.Handler     { return t }
func (t tally) WithGroup(string) slog.Handler          { return t }

func (t tally) Handle(_ context.Context, r slog.Record) error {
	n, _ := t.seen.LoadOrStore(r.Message, new(atomic.Int32))
	n.(*atomic.Int32).Add(1)
	return nil
}

func (t tally) of(message string) int32 {
	if n, ok := t.seen.Load(message); ok {
		return n.(*atomic.Int32).Load()
	}
	return 0
}

type person struct {
	id    id.ID
	token string
}

func setup(t testing.TB) *bundle {
	t.Helper()
	return setupWith(t, func(*config.Settings) {})
}

// setupWith is setup with other settings.
func setupWith(t testing.TB, change func(*config.Settings)) *bundle {
	t.Helper()
	dsn := testdb.FromTemplate(t, "workspace", func(ctx context.Context, dsn string) error {
		db, err := store.Open(dsn, nil)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Migrate(ctx)
		return err
	})
	db, err := store.Open(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	who, err := config.LoadIdentity(t.Context(), db, clock.System)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := config.Load(func(name string) string { return map[string]string{"MM_SQLSETTINGS_DATASOURCE": dsn}[name] })
	if err != nil {
		t.Fatal(err)
	}
	settings.SiteName, settings.MaxFileSize, settings.SessionLength, settings.Admin = "Test", 1<<20, time.Hour, config.Admin{Listen: "unix:/nowhere"}
	settings.LinkPreviews.Enabled = false
	change(&settings)
	b := &bundle{t: t, dsn: dsn, base: settings, who: who, log: tally{&sync.Map{}}}
	b.api = server.Assemble(settings, who, db, slog.New(b.log))
	web := httptest.NewServer(b.api.Handler())
	t.Cleanup(web.Close)
	b.url = web.URL
	b.people()
	return b
}

// db is the workspace's database itself.
func (b *bundle) db() *pgx.Conn {
	b.t.Helper()
	conn, err := pgx.Connect(b.t.Context(), b.dsn)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (b *bundle) people() {
	b.t.Helper()
	first, err := b.api.Users.FirstAdmin(b.t.Context(), "ada@example.com", "ada")
	if err != nil {
		b.t.Fatal(err)
	}
	b.admin = b.signIn(first)
	b.member, b.outside = b.newUser("ben"), b.newUser("cy")
	b.team = must[wire.Team](b, b.admin, http.MethodPost, "/teams", wire.Team{Name: "builders", DisplayName: "Builders", Type: "I"})
	b.must(b.admin, http.MethodPost, "/teams/"+b.team.ID.String()+"/members", map[string]id.ID{"team_id": b.team.ID, "user_id": b.member.id})
	b.public = must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "timber", DisplayName: "Timber", Type: "O"})
	b.private = must[wire.Channel](b, b.admin, http.MethodPost, "/channels", wire.Channel{TeamID: b.team.ID, Name: "secret", DisplayName: "Secret", Type: "P"})
	b.must(b.member, http.MethodPost, "/channels/"+b.public.ID.String()+"/members", map[string]id.ID{"user_id": b.member.id})
}

func (b *bundle) signIn(user id.ID) person {
	b.t.Helper()
	o, err := b.api.Sessions.Open(b.t.Context(), user, sessions.Origin{})
	if err != nil {
		b.t.Fatal(err)
	}
	return person{user, o.Token}
}

// newUser makes an ordinary account without a password, which would cost a hash.
func (b *bundle) newUser(name string) person {
	b.t.Helper()
	user, err := b.api.Users.FirstAdmin(b.t.Context(), name+"@example.com", name)
	if err == nil {
		err = b.api.Users.SetRoles(b.t.Context(), user, roles.SystemUser)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	return b.signIn(user)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) error() wire.Error {
	var e wire.Error
	_ = json.Unmarshal(a.body, &e)
	return e
}

// call makes a request with a JSON body, or with the bytes themselves.
func (b *bundle) call(as person, method, path string, body any) answer {
	b.t.Helper()
	raw, isRaw := body.([]byte)
	if !isRaw && body != nil {
		raw, _ = json.Marshal(body)
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+api.Prefix+path, bytes.NewReader(raw))
	if err != nil {
		b.t.Fatal(err)
	}
	if as.token != "" {
		request.Header.Set("Authorization", "Bearer "+as.token)
	}
	return b.send(request)
}

func (b *bundle) send(request *http.Request) answer {
	b.t.Helper()
	return b.sendBy(http.DefaultClient, request)
}

func (b *bundle) sendBy(browser *http.Client, request *http.Request) answer {
	b.t.Helper()
	response, err := browser.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	out, _ := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, out}
}

// must is call that has to succeed.
func (b *bundle) must(as person, method, path string, body any) []byte {
	b.t.Helper()
	a := b.call(as, method, path, body)
	if a.status >= 300 {
		b.t.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a.body
}

func must[T any](b *bundle, as person, method, path string, body any) T {
	b.t.Helper()
	var v T
	if err := json.Unmarshal(b.must(as, method, path, body), &v); err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *bundle) say(as person, channel id.ID, message string) wire.Post {
	b.t.Helper()
	return must[wire.Post](b, as, http.MethodPost, "/posts", map[string]string{"channel_id": channel.String(), "message": message})
}

func (b *bundle) in(channel wire.Channel) string { return "/channels/" + channel.ID.String() }
