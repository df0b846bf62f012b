package store

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// The statements about the schema itself, and about connections: they run before there is a schema that sqlc could type them against, or on none.
const (
	getVersion    = `select version from schema_version`
	setVersion    = `update schema_version set version = $1`
	lockSession   = `select pg_advisory_lock($1)`
	unlockSession = `select pg_advisory_unlock($1)`
	listen        = `listen ` // and a name

	// Ways to run statements rather than statements.
	beginPlanned = `begin; set local plan_cache_mode to force_generic_plan`
)

// undefinedTable reports that a query names a table that does not exist.
func undefinedTable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "42P01"
}
