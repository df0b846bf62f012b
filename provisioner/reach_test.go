package provisioner

import (
	"slices"
	"testing"
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
