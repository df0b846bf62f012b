package provisioner

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/tenants"
)

// deleteSteps remove everything, from the outside in. There is no way back: what is gone can't be made again.
var deleteSteps = []Step{
	{"route", withdrawRoute, nil},
	{"instance", removeInstance, nil},
	{"parts", seeThatPartsAreOver, nil},
	{"database", dropDatabase, nil},
	{"buckets", countAndDropBuckets, nil},
	{"backups", countAndDropBackups, nil},
	{"storage", seeThatAllIsGone, nil},
}

// finishDelete signs what was removed, and makes the workspace a tombstone.
func finishDelete(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error {
	if err := arrive(ctx, tx, r, end); err != nil {
		return err
	}
	return r.engine.store.Certify(ctx, tx, r.op, r.engine.ages, r.engine.certificates)
}
