package embedded

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestDSNKeepsWhatURLsWouldChange(t *testing.T) {
	t.Parallel()
	c := Cluster{SocketDir: "/home/ann/long house+/run"}
	got, err := pgx.ParseConfig(c.DSN("some db", "a role", "p w/@?+%"))
	if err != nil {
		t.Fatal(err)
	}
	if got.Host != c.SocketDir || got.Database != "some db" || got.User != "a role" || got.Password != "p w/@?+%" {
		t.Errorf("host %q, database %q, user %q, password %q", got.Host, got.Database, got.User, got.Password)
	}
}
