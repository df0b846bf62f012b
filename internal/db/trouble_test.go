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
	unwritten := &pgconn.PgError{Severity: "FATAL", Code: "XX000", Message: "could not write init file"}
	if got := Trouble(fmt.Errorf("reach database: %w", unwritten)); got != "the disk of the control plane's database is full, or can't be written to" {
		t.Errorf("%v: %q", unwritten, got)
	}
	for err, want := range map[error]string{unwritten: "the server's disk is full, or can't be written to: " + unwritten.Error(), context.Canceled: context.Canceled.Error()} {
		if got := Plainly(err); got.Error() != want || !errors.Is(got, err) {
			t.Errorf("%v: %v", err, got)
		}
	}
	for _, err := range []error{nil, &pgconn.PgError{Code: "XX000", Message: "unexpected chunk number"}, context.Canceled, errors.New("something")} {
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
