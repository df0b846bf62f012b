package db

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestRoomIsLookedForWithAFileOfTheServer(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Room(t.Context(), pool))
	_, err := pool.Exec(t.Context(), "do $$ begin execute format('alter database %I set temp_file_limit = 900', current_database()); end $$")
	must(t, err)
	pool.Reset() // what is set for a database counts from its next session
	refused := (*pgconn.PgError)(nil)
	if err := Room(t.Context(), pool); !errors.As(err, &refused) || refused.Code != "53400" { // configuration_limit_exceeded
		t.Errorf("%v", err)
	}
}
