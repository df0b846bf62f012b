package serve

import (
	"cmp"
	"fmt"
	"strconv"

	"github.com/longhouse-dev/longhouse/edge"
	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/tenants"
)

// ratesOf is how many requests the edge lets through to a workspace of each plan, and to one whose plan nobody has told it, which is held to the
// most generous.
func ratesOf(s datadir.Settings) (other edge.Rates, byPlan map[string]edge.Rates, err error) {
	read := func(setting, text string, usual tenants.Bounds) (b tenants.Bounds) {
		if err != nil {
			return nil
		}
		if b, err = tenants.ParseBounds(text, usual); err != nil {
			err = fmt.Errorf("setting %s: %w", setting, err)
		}
		return b
	}
	workspace := read("workspace_rates", cmp.Or(s.WorkspaceRates, number(s.WorkspaceRate)), tenants.UsualWorkspaceRates)
	address := read("address_rates", cmp.Or(s.AddressRates, number(s.AddressRate)), tenants.UsualAddressRates)
	open := read("workspace_connections", s.WorkspaceConnections, tenants.UsualConnections)
	if err != nil {
		return other, nil, err
	}
	byPlan = map[string]edge.Rates{}
	for _, plan := range tenants.Plans {
		byPlan[string(plan)] = edge.Rates{Workspace: workspace[plan], Address: address[plan], Open: open[plan]}
	}
	return edge.Rates{Workspace: workspace.Most(), Address: address.Most(), Open: open.Most()}, byPlan, nil
}

// number is one for all plans, as the version before kept it.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
