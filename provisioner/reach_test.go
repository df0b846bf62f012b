package provisioner

import (
	"slices"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestInstanceReachesStoreMailAndDatabaseOnly(t *testing.T) {
	t.Parallel()
	local := someCell()
	if got, want := local.reach(), []string{"127.0.0.1:2525", "127.0.0.1:9000"}; !slices.Equal(got, want) {
		t.Errorf("with a database behind a unix socket: %q, want %q", got, want)
	}
	far := someCell()
	far.Outputs.Database.Host, far.Outputs.Database.Port = "db.example", 5432
	far.Outputs.ObjectStore.Endpoint = "s3.example:443"
	if got, want := far.reach(), []string{"127.0.0.1:2525", "db.example:5432", "s3.example:443"}; !slices.Equal(got, want) {
		t.Errorf("with services elsewhere: %q, want %q", got, want)
	}
}

func TestInstanceIsConnectedToWhatItIsConfiguredWith(t *testing.T) {
	t.Parallel()
	r := setup(t)
	cell := someCell()
	cell.Databases = r.pool
	var sessions int
	r.must(r.pool.QueryRow(t.Context(), "select current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int").Scan(&sessions))
	for _, of := range [][]string{nil, {}, {"other"}} {
		if broker, err := cell.broker(t.Context(), of); err != nil || broker != nil {
			t.Errorf("a release that can %q: %+v, %v", of, broker, err)
		}
	}
	broker, err := cell.broker(t.Context(), []string{"other", "broker"})
	r.must(err)
	want := []workload.Place{
		{Address: "/run/a socket/.s.PGSQL.5433", Most: roleConnections, Shared: sessions - controlSessions},
		{Address: "127.0.0.1:9000", Most: storeConnections, Shared: allStoreConnections}, {Address: "127.0.0.1:2525", Most: mailConnections, Shared: allMailConnections},
	}
	if !slices.Equal(broker.Places, want) || broker.Internet {
		t.Errorf("described is %+v, want %+v", broker, want)
	}
	cell.Console = "/run/workspaces/control.sock"
	for _, of := range [][]string{{"broker"}, {"broker", "console"}} {
		broker, err := cell.broker(t.Context(), of)
		r.must(err)
		asks := slices.Contains(broker.Places, workload.Place{Address: cell.Console, Most: askConnections, Shared: allAskConnections})
		env := workload.Env{}
		cell.tellControl(env, of, "needle")
		told := env["LONGHOUSE_CONTROL_ADDRESS"] == "unix:"+cell.Console && env["LONGHOUSE_CONTROL_TOKEN"] == "needle"
		if want := slices.Contains(of, "console"); asks != want || told != want || !want && len(env) > 0 {
			t.Errorf("a release that can %q is connected to the control plane: %v, and told of it: %v", of, asks, env)
		}
	}
	cell.Outputs.Database.Host, cell.Outputs.Database.Port = "db.example", 0
	broker, err = cell.broker(t.Context(), []string{"broker", "internet"})
	r.must(err)
	if broker.Places[0].Address != "db.example:5432" || !broker.Internet {
		t.Errorf("with a database elsewhere, of a release that calls programs: %+v", broker)
	}
}
