package tenants

import (
	"fmt"
	"strconv"
)

// Bounds say how much of something a workspace may have, by the plan of its tenant; 0: as much as comes.
type Bounds map[Plan]int

// The bounds where nobody says otherwise. A client that comes back after an outage asks some twenty times, and twenty seconds' worth may come at
// once: a workspace of a thousand people whose clients all come back in the same moment fits into the rate of Professional, and half of them may
// come from one office. Each of its people may have ten connections.
var (
	// UsualWorkspaceRates are requests a second to one workspace.
	UsualWorkspaceRates = Bounds{Free: 200, Professional: 1000, Enterprise: 4000}
	// UsualAddressRates are those of one address to one workspace.
	UsualAddressRates = Bounds{Free: 100, Professional: 500, Enterprise: 2000}
	// UsualConnections are web sockets and requests in progress at one workspace.
	UsualConnections = Bounds{Free: 2000, Professional: 10_000, Enterprise: 50_000}
)

// boundMost is what clocks of nanoseconds can tell apart without an error that anybody would notice, as requests a second.
const boundMost = 1_000_000

// ParseBounds reads what an operator says: a number for all plans, numbers for some of them, or both, as in "500,free=100,enterprise=0". Plans
// that are left out have the number for all, or the usual one.
func ParseBounds(text string, usual Bounds) (Bounds, error) {
	return byPlan(text, "number", usual, parseBound)
}

func parseBound(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > boundMost {
		return 0, fmt.Errorf("%.40q: allowed is 1 to %d, or 0 for as many as come", text, boundMost)
	}
	return n, nil
}

// Most is the most generous of them.
func (b Bounds) Most() (most int) {
	for _, n := range b {
		if n == 0 {
			return 0
		}
		most = max(most, n)
	}
	return most
}
