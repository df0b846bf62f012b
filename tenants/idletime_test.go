package tenants

import (
	"maps"
	"strings"
	"testing"
	"time"
)

func TestIdleTimesArePerPlan(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]IdleTimes{
		"":                             {Free: 30 * time.Minute, Professional: 30 * time.Minute, Enterprise: 30 * time.Minute},
		"never":                        {Free: 0, Professional: 0, Enterprise: 0},
		"2h":                           {Free: 2 * time.Hour, Professional: 2 * time.Hour, Enterprise: 2 * time.Hour},
		"free=1m, enterprise=never":    {Free: time.Minute, Professional: 30 * time.Minute, Enterprise: 0},
		"1h,professional=720h,free=2h": {Free: 2 * time.Hour, Professional: 720 * time.Hour, Enterprise: time.Hour},
	} {
		if got, err := ParseIdleTimes(text); err != nil || !maps.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for text, say := range map[string]string{
		"soon": "allowed are whole seconds from 1m to 720h, as in 30m, and never", "59s": "from 1m", "721h": "to 720h", "90.5s": "whole seconds", "-1h": "from 1m", "0": "never",
		"gold=1h": "allowed are free, professional and enterprise", "free=1h,2h": "allowed is one time for all plans, and then plan=time", "free=": "idle time",
	} {
		if _, err := ParseIdleTimes(text); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, want ...%s...", text, err, say)
		}
	}
}

// FuzzIdleTimes: what is let through has a time for each plan that may be one.
func FuzzIdleTimes(f *testing.F) {
	for _, text := range []string{"", "30m", "never", "1h,free=10m,enterprise=never", "free=1h,free=2h", "1h,1h", "=1h", "free", ",", "1000000h", "1ns"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		times, err := ParseIdleTimes(text)
		if err != nil {
			return
		}
		for _, plan := range Plans {
			if after, ok := times[plan]; !ok || after != 0 && !goodIdleTime(after) || len(times) != len(Plans) {
				t.Errorf("%q became %v", text, times)
			}
		}
	})
}
