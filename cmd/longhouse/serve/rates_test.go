package serve

import (
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

func TestRatesAreByPlanAndOnUnlessSomebodySaysOtherwise(t *testing.T) {
	t.Parallel()
	usual := edge.Rates{Workspace: 200, Address: 100, Open: 2000}
	for name, c := range map[string]struct {
		settings    datadir.Settings
		free, other edge.Rates
	}{
		"nothing said":          {datadir.Settings{}, usual, edge.Rates{Workspace: 4000, Address: 2000, Open: 50_000}},
		"of the version before": {datadir.Settings{WorkspaceRate: 7, AddressRate: 3}, edge.Rates{Workspace: 7, Address: 3, Open: 2000}, edge.Rates{Workspace: 7, Address: 3, Open: 50_000}},
		"off":                   {datadir.Settings{WorkspaceRates: "0", AddressRates: "0", WorkspaceConnections: "0"}, edge.Rates{}, edge.Rates{}},
		"by plan":               {datadir.Settings{WorkspaceRates: "500,free=100", WorkspaceConnections: "free=5"}, edge.Rates{Workspace: 100, Address: 100, Open: 5}, edge.Rates{Workspace: 500, Address: 2000, Open: 50_000}},
	} {
		other, byPlan, err := ratesOf(c.settings)
		if err != nil || other != c.other || byPlan["free"] != c.free || len(byPlan) != 3 {
			t.Errorf("%s: %+v, %+v, %v", name, other, byPlan, err)
		}
	}
	if _, _, err := ratesOf(datadir.Settings{AddressRates: "gold=1"}); err == nil || !strings.Contains(err.Error(), "setting address_rates: there is no plan") {
		t.Error(err)
	}
}
