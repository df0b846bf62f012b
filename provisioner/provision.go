package provisioner

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

// provisionSteps bring a workspace from its row to an address that answers. A claimed blank makes the second to fourth
// step short.
var provisionSteps = []Step{
	{"storage", claimStorage, removeStorage},
	{"database", createDatabase, dropDatabase},
	{"buckets", createBuckets, dropBuckets},
	{"schema", migrateSchema, nil},
	{"instance", startInstance, removeInstance},
	{"ready", waitReady, nil},
	{"first-admin", createFirstAdmin, nil},
	{"route", serveRoute, withdrawRoute},
}

// finisher is the last thing an operation does, in the transaction in which it ends.
type finisher func(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error

// arrive moves the workspace to where the lifecycle says that the operation leads.
func arrive(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error {
	return r.engine.store.Arrive(ctx, tx, r.op, end)
}
