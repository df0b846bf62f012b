package api_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/server"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// beside is another instance of the same workspace, or the next one.
func (b *bundle) beside() *bundle {
	b.t.Helper()
	db, err := store.Open(b.dsn, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(db.Close)
	other := *b
	other.api = server.Assemble(b.base, b.who, db, slog.New(b.log))
	web := httptest.NewServer(other.api.Handler())
	b.t.Cleanup(web.Close)
	other.url = web.URL
	return &other
}

// The process ends between the commit of a post and the decision whom to tell, and then between that and what is sent.
func TestWhatIsOwedIsToldByTheNextInstance(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.say(p.admin, p.public.ID, "one, @ben")
	next := &pushing{bundle: p.beside(), proxy: p.proxy}
	if got := next.pushes(); len(got) != 1 {
		t.Fatalf("before it was decided: %+v", got)
	}
	p.say(p.admin, p.public.ID, "two, @ben")
	p.weigh()
	if got := next.pushes(); len(got) != 1 {
		t.Fatalf("before it was sent: %+v", got)
	}
	p.proxy.answer(func(wire.PushNotification) string { return "FAIL" }, false)
	p.say(p.admin, p.public.ID, "three, @ben")
	p.pushes()
	p.proxy.answer(nil, false)
	next.ahead = time.Minute
	next.api.Notify.Now = func() time.Time { return time.Now().Add(next.ahead) }
	if got := next.pushes(); len(got) != 1 || got[0].Message != "@ada: three, @ben" {
		t.Errorf("after it failed: %+v", got)
	}
}

// A password alone would have all that is said read aloud to whoever has it.
func TestThePhoneOfWhoOwesASecondFactorIsToldNothing(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.say(p.admin, p.public.ID, "before, @ben")
	p.weigh()
	if _, err := p.api.Config.Change(t.Context(), config.Wish{"ServiceSettings": json.RawMessage(`{"EnforceMultifactorAuthentication":true}`)}, ""); err != nil {
		t.Fatal(err)
	}
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("they are told %+v", got)
	}
	if _, err := p.api.Config.Change(t.Context(), config.Wish{"ServiceSettings": json.RawMessage(`{"EnforceMultifactorAuthentication":false}`)}, ""); err != nil {
		t.Fatal(err)
	}
	p.say(p.admin, p.public.ID, "after, @ben")
	if got := p.pushes(); len(got) != 1 || got[0].Message != "@ada: after, @ben" {
		t.Errorf("who owes none is told %+v", got)
	}
}

func TestInstancesSideBySideTellAPhoneOnce(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	const all = 30
	for range all {
		p.say(p.admin, p.public.ID, "@ben")
	}
	var at sync.WaitGroup
	for _, b := range []*bundle{p.bundle, p.beside(), p.beside()} {
		at.Go(func() {
			for more := true; more; {
				var err error
				if more, err = b.api.Notify.Weigh(t.Context()); err != nil {
					t.Error(err)
				}
				if _, err := b.api.Notify.SendPushes(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	at.Wait()
	told := map[id.ID]int{}
	for _, n := range append(p.proxy.take(), p.pushes()...) {
		told[n.PostID]++
	}
	for post, n := range told {
		if n != 1 || len(told) != all {
			t.Errorf("told of %d posts, and %d times of %s", len(told), n, post)
		}
	}
	rows, err := p.db().Query(t.Context(), "select from pushes union all select from notifications")
	if err != nil || rows.Next() {
		t.Errorf("something is still owed (%v)", err)
	}
}

func TestAPhoneThatIsGoneIsForgotten(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.proxy.answer(func(wire.PushNotification) string { return "REMOVE" }, false)
	p.say(p.admin, p.public.ID, "@ben")
	p.pushes()
	if list := must[[]wire.Session](p.bundle, p.member, http.MethodGet, "/users/me/sessions", nil); len(list) != 1 || list[0].DeviceID != "" {
		t.Errorf("the sessions are %+v", list)
	}
	p.proxy.answer(nil, false)
	p.say(p.admin, p.public.ID, "@ben")
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("told: %+v", got)
	}
}

// Whoever signs out just when a push was decided keeps nobody else from being told.
func TestASessionThatHasEndedIsOwedNothing(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	said := p.say(p.admin, p.public.ID, "here")
	o, err := p.api.Sessions.Open(t.Context(), p.member.id, sessions.Origin{Device: "apple_rn:two"})
	if err != nil {
		t.Fatal(err)
	}
	owed := dbsql.OwePushesParams{Ids: []id.ID{id.New(), id.New()}, Sessions: []id.ID{id.New(), o.ID}, Posts: []id.ID{said.ID, said.ID}}
	if err := p.api.DB.OwePushes(t.Context(), owed); err != nil {
		t.Fatal(err)
	}
	var left id.ID
	if err := p.db().QueryRow(t.Context(), "select session_id from pushes").Scan(&left); err != nil || left != o.ID {
		t.Errorf("owed to %s (%v), want %s", left, err, o.ID)
	}
}

// No instance ran for a night: phones don't ring for all of it, whether it was decided before or not.
func TestAPhoneIsNotToldOfLongAgo(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full, func(s *config.Settings) { s.SessionLength = 24 * time.Hour })
	p.say(p.admin, p.public.ID, "@ben")
	p.weigh()
	p.say(p.admin, p.public.ID, "@ben")
	p.ahead = 8 * time.Hour
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("told: %+v", got)
	}
	if rows, err := p.db().Query(t.Context(), "select from pushes"); err != nil || rows.Next() {
		t.Errorf("something is still owed (%v)", err)
	}
}

// Somebody signs in again by a phone that lost its session.
func TestAPhoneWithANewSessionIsToldOnce(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	dee := must[wire.User](p.bundle, p.admin, http.MethodPost, "/users", map[string]string{"username": "dee", "email": "dee@example.com", "password": "dees-password-1"})
	for range 2 {
		p.must(person{}, http.MethodPost, "/users/login", map[string]string{"login_id": "dee", "password": "dees-password-1", "device_id": "apple_rn:dee"})
	}
	p.say(p.admin, p.direct(p.admin, person{id: dee.ID}), "come down")
	if got := p.pushes(); len(got) != 1 || got[0].DeviceID != "dee" {
		t.Errorf("told: %+v", got)
	}
}

func TestAPushIsTriedEverMoreRarelyAndThenGivenUp(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full, func(s *config.Settings) { s.SessionLength = 24 * time.Hour })
	p.proxy.answer(nil, true)
	p.say(p.admin, p.public.ID, "@ben")
	p.weigh()
	tries := func() int32 { return p.log.of("push given up") }
	for n := range 8 {
		if tries() != 0 {
			t.Fatalf("given up after %d tries", n)
		}
		p.pushes()
		p.pushes() // it is not due
		p.ahead += 10 * time.Minute / 2
	}
	p.ahead += 30 * time.Minute
	p.pushes()
	p.proxy.answer(nil, false)
	p.ahead += time.Hour
	if got := p.pushes(); len(got) != 0 || tries() != 1 {
		t.Errorf("told %+v, given up %d times", got, tries())
	}
}

func TestWhatWasReadMeanwhileIsNotTold(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	p.proxy.answer(nil, true)
	p.say(p.admin, p.public.ID, "@ben")
	p.pushes()
	p.must(p.member, http.MethodPost, "/channels/members/me/view", map[string]string{"channel_id": p.public.ID.String()})
	p.proxy.answer(nil, false)
	p.ahead = time.Minute
	if got := p.pushes(); len(got) != 0 {
		t.Errorf("told: %+v", got)
	}
}

func TestNobodyHasTheProxyAskedAtWill(t *testing.T) {
	t.Parallel()
	p := setupPush(t, config.Full)
	can := func(device string) string {
		return must[map[string]string](p.bundle, person{}, http.MethodGet, "/system/ping?device_id="+device, nil)["CanReceiveNotifications"]
	}
	p.proxy.answer(func(n wire.PushNotification) string {
		if n.Type != "test" {
			t.Errorf("told: %+v", n)
		}
		return map[string]string{"here": "OK", "gone": "REMOVE"}[n.DeviceID]
	}, false)
	for device, want := range map[string]string{"apple_rn:here": "true", "apple_rn:gone": "false", "apple_rn:what": "unknown", "nothing": "false"} {
		if got := can(device); got != want {
			t.Errorf("%s: %s, want %s", device, got, want)
		}
	}
	if p.proxy.take(); can("apple_rn:here") != "true" || len(p.proxy.take()) != 0 {
		t.Error("it was asked again")
	}
	for range 100 {
		can("apple_rn:what")
	}
	if can("android_rn:here") != "unknown" {
		t.Error("it is asked without end")
	}
	if plain := setup(t); must[map[string]string](plain, person{}, http.MethodGet, "/system/ping?device_id=apple_rn:here", nil)["CanReceiveNotifications"] != "unknown" {
		t.Error("without a proxy something is known")
	}
}

// Who wants peace has it also after the server was started again.
func TestAStatusIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	set := func(to string, end int64) {
		b.must(b.member, http.MethodPut, "/users/me/status", map[string]any{"user_id": b.member.id, "status": to, "dnd_end_time": end})
	}
	next := func() wire.Status {
		other := b.beside()
		if err := other.api.Users.RecallStatuses(t.Context()); err != nil {
			t.Fatal(err)
		}
		return other.api.Hub.Status(b.member.id)
	}
	end := time.Now().Add(time.Hour).Unix()
	if set("dnd", end); next().Status != "dnd" || next().DNDEndTime != end || !next().Manual {
		t.Errorf("it is %+v", next())
	}
	if set("dnd", time.Now().Add(-time.Hour).Unix()); next().Status != "offline" {
		t.Errorf("after its time it is %+v", next())
	}
	must[wire.CommandResponse](b, b.member, http.MethodPost, "/commands/execute", map[string]any{"channel_id": b.public.ID, "command": "/away"})
	if next().Status != "away" {
		t.Errorf("it is %+v", next())
	}
	if set("online", 0); next().Status != "offline" {
		t.Errorf("it is %+v after it was taken back", next())
	}
}
