package tenants

import (
	"fmt"
	"time"
)

const (
	// idleUsual is after how long without use a workspace hibernates where nobody says otherwise.
	idleUsual = 30 * time.Minute
	// Edges tell of uses twice a minute, so that less would not be known; who wants more than a month wants it always on.
	idleLeast = time.Minute
	idleMost  = 30 * 24 * time.Hour
	// never is what stands for no time at all.
	never = "never"
)

// IdleTimes is after how long without use the workspaces of tenants of each plan hibernate; 0: never.
type IdleTimes map[Plan]time.Duration

// ParseIdleTimes reads what an operator says: a time for all plans, times for some of them, or both, as in
// "1h,free=10m,enterprise=never". Plans that are left out have the time for all, or 30 minutes.
func ParseIdleTimes(text string) (IdleTimes, error) {
	usual := IdleTimes{}
	for _, plan := range Plans {
		usual[plan] = idleUsual
	}
	return byPlan(text, "time", usual, parseIdleTime)
}

func parseIdleTime(text string) (time.Duration, error) {
	if text == never {
		return 0, nil
	}
	after, err := time.ParseDuration(text)
	if err != nil || !goodIdleTime(after) {
		return 0, fmt.Errorf("idle time %.40q: allowed are whole seconds from %s to %s, as in 30m, and %s", text, "1m", "720h", never)
	}
	return after, nil
}

func goodIdleTime(after time.Duration) bool {
	return after >= idleLeast && after <= idleMost && after%time.Second == 0
}

// of is after how long a workspace hibernates that may have a time of its own; 0: never.
func (t IdleTimes) of(plan Plan, own *int32) time.Duration {
	if own != nil {
		return idleAfter(own)
	}
	return t[plan]
}
