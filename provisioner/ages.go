package provisioner

import (
	"fmt"
	"time"

	"github.com/longhouse-dev/longhouse/internal/logfile"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/tenants/certificate"
)

// ages is what a cell, and the machines of an installation, keep of a workspace that is gone. Each line has a date, or the rule that ends it.
func (e *Engine) ages(now time.Time) []certificate.Aging {
	day := now.Add(workload.LogsKept).UTC().Truncate(time.Second)
	requests := now.Add(tenants.AccessLogSettled + time.Hour).UTC().Truncate(time.Second)
	logs := fmt.Sprintf("lines that name its id or address; of each log %d MiB and the %d files before are kept, and the oldest lines go as new ones come",
		logfile.Default.Bytes>>20, logfile.Default.Older)
	list := []certificate.Aging{
		{What: "logs of its instances", Until: &day, Why: "what its processes wrote about themselves; removed a day after the instance"},
		{What: "desired.json of its instances", Until: &day, Why: "the instance's id and when it was removed, in the agent's folder, so that no late call starts it again; removed a day after the instance"},
		{What: "access log", Until: &requests, Why: "who asked what of it by which address; what is sorted by workspace is removed within minutes, what edges told lately when that is sorted, within two hours, and then it is looked for once more"},
		{What: "access folder of each edge", Why: "lines of the access log that it has not handed over, mostly for less than a minute; the control plane keeps none of them any more"},
		{What: "routes.journal of each edge", Why: "its id and host name; written anew without them within a minute of the edge's learning of the removal, which one that is cut off does when it is connected again"},
		{What: "tls folder of each edge", Why: "where workspaces are reached by https, a TLS certificate for its host name and the key of that; removed ten minutes after the edge's learning of the removal at the latest"},
		{What: "logs of Longhouse's parts", Why: logs},
		{What: "write-ahead log and free blocks", Why: "what the cell's database server has not overwritten yet, which no role can read; it goes as new data takes its place: encrypt the machine's disks"},
		{What: "replaced-<time> folders", Why: "where the control plane was restored on its machine before the deletion, what was replaced then, with sealed credentials and the key; there until the operator removes the folder"},
	}
	return append(list, e.backups(now))
}

func (e *Engine) backups(now time.Time) certificate.Aging {
	a := certificate.Aging{What: "backups of the control plane", Why: "those made before the deletion hold its sealed credentials and its key, for which nothing is left here to open; "}
	if e.backupsKept == 0 {
		a.Why += "they are gone when the operator has removed the last that is older than this certificate, for which the operator has set no date"
		return a
	}
	until := now.Add(e.backupsKept).UTC().Truncate(time.Second)
	a.Until = &until
	a.Why += fmt.Sprintf("the operator keeps none for longer than %d days", int(e.backupsKept.Hours()/24))
	return a
}
