package provisioner

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

// deleteSteps remove everything, from the outside in. There is no way back: what is gone can't be made again.
var deleteSteps = []Step{
	{"route", withdrawRoute, nil},
	{"instance", removeInstance, nil},
	{"database", dropDatabase, nil},
	{"buckets", countAndDropBuckets, nil},
	{"storage", seeThatAllIsGone, nil},
}

// finishDelete signs what was removed, and makes the workspace a tombstone.
func finishDelete(ctx context.Context, tx pgx.Tx, r *Run, end tenants.Progress) error {
	if err := arrive(ctx, tx, r, end); err != nil {
		return err
	}
	return r.engine.store.Certify(ctx, tx, r.op, agesInCell, r.engine.certificates)
}

// agesInCell is what a cell keeps for a while.
func agesInCell(now time.Time) []certificate.Aging {
	logs := now.Add(workload.LogsKept).UTC().Truncate(time.Second)
	return []certificate.Aging{
		{What: "logs of its instances", Until: &logs, Why: "what its processes wrote about themselves; removed a day after the instance"},
		{What: "logs of Longhouse's parts", Why: "lines that name its id or address; bounded in size, the oldest go first"},
		{What: "write-ahead log and free blocks", Why: "what the cell's database server has not overwritten yet, which no role can read; encrypt the machine's disks"},
	}
}
