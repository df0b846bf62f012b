package store

import (
	"context"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

func TestEveryConnectionIsOpenedByWhoIsToldTo(t *testing.T) {
	t.Parallel()
	source := testdb.New(t)
	u, err := url.Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	socket := u.Query().Get("host") + "/.s.PGSQL.5432"
	query := u.Query()
	query.Set("host", "database.invalid") // which nobody can look up
	query.Set("port", "1234")
	u.RawQuery = query.Encode()
	var mu sync.Mutex
	asked := map[string]int{}
	db, err := Open(u.String(), func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		asked[network+" "+address]++
		mu.Unlock()
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	if err := db.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	running, callOff := context.WithCancel(t.Context())
	conn, err := db.pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	pid := conn.Conn().PgConn().PID()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer conn.Release()
		_, _ = conn.Exec(running, "select pg_sleep(60)")
	}()
	until(t, db, pid, "active")
	callOff()
	<-ended
	until(t, db, pid, "")
	mu.Lock()
	defer mu.Unlock()
	if len(asked) != 1 || asked["tcp database.invalid:1234"] < 3 { // two sessions, and one that calls the query off
		t.Errorf("asked for %v", asked)
	}
}

// until waits until the session with the number is in a state, "" for one that has ended.
func until(t *testing.T, db *DB, pid uint32, want string) {
	t.Helper()
	for {
		var state string
		err := db.pool.QueryRow(t.Context(), "select coalesce((select state from pg_stat_activity where pid = $1), '')", pid).Scan(&state)
		if err != nil {
			t.Fatalf("while waiting for %q: %v", want, err)
		}
		if state == want {
			return
		}
	}
}
