package db

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/longhouse-dev/longhouse/internal/testdb"
)

func TestTroubleIsToldFromWhatWasAsked(t *testing.T) {
	t.Parallel()
	for code, is := range map[string]bool{"53100": true, "57P01": true, "57P03": true, "58030": true, "53300": true, "23505": false, "42601": false, "40001": false} {
		if got := Trouble(fmt.Errorf("add: %w", &pgconn.PgError{Code: code})); (got != "") != is {
			t.Errorf("%s: %q", code, got)
		}
	}
	for _, err := range []error{nil, context.Canceled, errors.New("something")} {
		if got := Trouble(err); got != "" {
			t.Errorf("%v: %q", err, got)
		}
	}
}

func TestLostConnectionIsTrouble(t *testing.T) {
	t.Parallel()
	url := testdb.New(t)
	victim, killer := open(t, url, 1), open(t, url, 1)
	conn, err := victim.Acquire(t.Context())
	must(t, err)
	defer conn.Release()
	_, err = killer.Exec(t.Context(), "select pg_terminate_backend($1)", conn.Conn().PgConn().PID())
	must(t, err)
	for range 3 { // told by the server, by the kernel, by the driver
		_, err := conn.Exec(t.Context(), "select 1")
		if Trouble(err) == "" {
			t.Errorf("%T %v is no trouble", err, err)
		}
	}
	if _, err := Open(t.Context(), "postgres://a@/b?host=/nonexistent", 1); Trouble(err) == "" {
		t.Errorf("%v is no trouble", err)
	}
}
