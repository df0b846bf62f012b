package provisioner

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// sleeper is a workspace that runs, with an instance of which only the admin listener is there, and a worker with the real plans.
type sleeper struct {
	*rig
	worker    *Engine
	workspace uuid.UUID
	release   uuid.UUID
	asked     int
	answers   func(asked int) (status int, body string)
}

func newSleeper(t *testing.T) *sleeper {
	t.Helper()
	s := &sleeper{rig: setup(t)}
	s.worker = s.engine("a", time.Minute)
	s.worker.plans = plans
	s.worker.cells = NewCells(&Cell{ID: s.cell, Databases: s.pool, Workloads: s.agent(), Control: NewSigner([32]byte{1})})
	release, done := s.signUp(t.Context())
	s.workspace, s.release = done.Workspace.ID, release
	s.set(done.Operation.ID, "state = 'succeeded', finished_at = now()")
	s.must(pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		if err := s.store.Arrive(t.Context(), tx, done.Operation, tenants.Succeeded); err != nil {
			return err
		}
		return s.store.SetRoute(t.Context(), tx, tenants.Route{Workspace: s.workspace, Hosts: []string{"engines.longhouse.test"}, State: tenants.Serving, Address: "/s"})
	}))
	_, err := s.pool.Exec(t.Context(), `insert into instances (id, workspace_id, cell_id, release_id, uid, epoch, state, address, admin, created_at)
		values ($1, $2, $3, $4, 300101, 1, 'ready', '/s', $5, now())`, id.New(), s.workspace, s.cell, release, s.listen())
	s.must(err)
	return s
}

// listen serves the instance's admin listener and returns its socket.
func (s *sleeper) listen() string {
	s.t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh") // short: sockets
	s.must(err)
	s.t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "admin")
	listener, err := net.Listen("unix", socket)
	s.must(err)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/admin/v1/rest" || !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		s.asked++
		status, body := s.answers(s.asked)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	s.t.Cleanup(server.Close)
	return socket
}

func (s *sleeper) hibernate() tenants.Operation {
	s.t.Helper()
	op, err := s.store.Ask(s.t.Context(), tenants.Principal{}, s.workspace, tenants.HibernateArgs{}, "test")
	s.must(err)
	s.must(s.worker.Work(s.t.Context(), op.ID))
	return s.operation(op.ID)
}

// is compares state, route and instance; empty: there is none.
func (s *sleeper) is(state tenants.State, route tenants.RouteState, instance string) tenants.Workspace {
	s.t.Helper()
	ws, err := s.store.Workspace(s.t.Context(), s.workspace)
	s.must(err)
	var routed, runs string
	s.must(s.pool.QueryRow(s.t.Context(), "select r.state, coalesce(i.state, '') from routes r left join instances i on i.workspace_id = r.workspace_id and i.state <> 'removed'").Scan(&routed, &runs))
	if ws.State != state || routed != string(route) || runs != instance {
		s.t.Errorf("it is %s, its route %s, its instance %s; want %s, %s, %s", ws.State, routed, runs, state, route, instance)
	}
	return ws
}

func (s *sleeper) deaths() (n int) {
	s.t.Helper()
	s.must(s.pool.QueryRow(s.t.Context(), "select count(*) from audit_events where action = 'operation.dead'").Scan(&n))
	return n
}

const quiet = `{"next_wake_at":null,"web_sockets":0}`

func TestAWorkspaceHibernatesUntilSomethingIsDue(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	due := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	s.answers = func(asked int) (int, string) {
		return http.StatusOK, []string{quiet, `{"next_wake_at":"` + due.Format(time.RFC3339Nano) + `","web_sockets":0}`}[asked-1]
	}
	secret, hash := tenants.NewInstanceToken()
	_, err := s.pool.Exec(t.Context(), "update instances set control_token_hash = $1", hash)
	s.must(err)
	if ws, err := s.store.WorkspaceOf(t.Context(), secret); err != nil || ws != s.workspace {
		t.Fatal(ws, err)
	}
	if op := s.hibernate(); op.State != tenants.Succeeded {
		t.Fatalf("%+v", op)
	}
	var kept []byte
	s.must(s.pool.QueryRow(t.Context(), "select control_token_hash from instances").Scan(&kept))
	if kept != nil {
		t.Error("the secret of an instance that rests is still good for something")
	}
	if ws := s.is(tenants.Hibernated, tenants.Asleep, "resting"); ws.WakeAt == nil || !ws.WakeAt.Equal(due) {
		t.Errorf("something is due at %v, want %s", ws.WakeAt, due)
	}
	orphans, err := queries(s.rig).ListOpenInstances(t.Context(), s.cell)
	s.must(err)
	if len(orphans) != 0 {
		t.Error("an instance that rests is missed in its cell")
	}
}

func TestAWorkspaceInUseIsNotPutToRest(t *testing.T) {
	t.Parallel()
	busy, soon := `{"next_wake_at":null,"web_sockets":3}`, `{"next_wake_at":"`+time.Now().Add(restLeast-10*time.Second).UTC().Format(time.RFC3339)+`","web_sockets":0}`
	for name, c := range map[string]struct {
		first, second string
		status        int
		asked         int
		why           string
	}{
		"web sockets are open":        {busy, "", http.StatusOK, 1, "somebody is there: web sockets are open (3)"},
		"one was opened meanwhile":    {quiet, busy, http.StatusOK, 2, "somebody is there: web sockets are open (3)"},
		"something is due soon":       {soon, "", http.StatusOK, 1, "something is due in the workspace within a minute, at "},
		"an earlier release":          {"", "", http.StatusNotFound, 1, "the workspace runs a release that can't hibernate"},
		"somebody came in the middle": {quiet, "come", http.StatusOK, 2, "somebody came back while the workspace was put to rest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSleeper(t)
			s.answers = func(asked int) (int, string) {
				if asked == 1 {
					return c.status, c.first
				}
				if c.second == "come" {
					s.must(s.store.WantAwake(s.t.Context(), s.workspace))
					return c.status, quiet
				}
				return c.status, c.second
			}
			op := s.hibernate()
			if op.State != tenants.Undone || op.Dead() || op.Failure != "" || !strings.HasPrefix(op.Message, c.why) || op.CancelReason != op.Message || s.asked != c.asked || s.deaths() != 0 {
				t.Errorf("asked %d times, %d deaths: %+v", s.asked, s.deaths(), op)
			}
			s.is(tenants.Running, tenants.Serving, "ready")
		})
	}
}

func TestAnInstanceThatSaysNothingUsableIsNotPutToRest(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"web_sockets":0}`, `{"next_wake_at":null}`, `{"next_wake_at":"soon","web_sockets":0}`, `{"next_wake_at":null,"web_sockets":-1}`} {
		if err := readAnswer(strings.NewReader(body), &repose{}); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

func TestWhoComesTooLateToStopAHibernationHasTheWorkspaceWokenAtItsEnd(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	s.answers = func(int) (int, string) { return http.StatusOK, quiet }
	p := s.worker.plans[tenants.KindHibernate]
	late := p.steps[3]
	s.worker.plans = map[tenants.Kind]plan{tenants.KindHibernate: {finish: p.finish, steps: append(p.steps[:3:3], Step{late.Name, func(ctx context.Context, r *Run) error {
		s.must(s.store.WantAwake(ctx, s.workspace))
		return late.Do(ctx, r)
	}, late.Undo})}}
	if op := s.hibernate(); op.State != tenants.Succeeded {
		t.Fatalf("%+v", op)
	}
	s.is(tenants.Waking, tenants.Asleep, "resting")
	if last := s.nudges[len(s.nudges)-1]; s.operation(last).Kind != tenants.KindWake {
		t.Errorf("nobody is told to wake it: %+v", s.operation(last))
	}
}

func TestAStopOfAHibernatedWorkspaceStartsNothing(t *testing.T) {
	t.Parallel()
	s := newSleeper(t)
	s.answers = func(int) (int, string) { return http.StatusOK, quiet }
	s.hibernate()
	stop := func() tenants.Operation {
		op, err := s.store.Ask(t.Context(), tenants.Principal{}, s.workspace, tenants.StopArgs{Message: "closed"}, "test")
		s.must(err)
		return op
	}
	p := s.worker.plans[tenants.KindStop]
	failing := *s.worker
	failing.plans = map[tenants.Kind]plan{tenants.KindStop: {finish: p.finish, steps: append(p.steps[:2:2], Step{"no", func(context.Context, *Run) error { return permanent{errBadLuck} }, nil})}}
	undone := stop()
	s.must(failing.Work(t.Context(), undone.ID))
	s.is(tenants.Hibernated, tenants.Asleep, "")
	s.must(s.worker.Work(t.Context(), stop().ID))
	var state, route, message string
	s.must(s.pool.QueryRow(t.Context(), "select w.state, r.state, r.message from workspaces w join routes r on r.workspace_id = w.id").Scan(&state, &route, &message))
	if state != "stopped" || route != "stopped" || message != "closed" {
		t.Errorf("it is %s, its route %s: %s", state, route, message)
	}
}
