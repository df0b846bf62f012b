package tenants

import (
	"testing"
	"time"
)

// days are samples of consecutive days.
func days(used ...int64) (list []Sample) {
	for i, n := range used {
		list = append(list, Sample{Day: time.Date(2030, 2, 20+i, 0, 0, 0, 0, time.UTC), Used: n})
	}
	return list
}

func TestForecast(t *testing.T) {
	t.Parallel()
	gap := days(10, 20, 30)
	gap[2].Day = gap[2].Day.AddDate(0, 0, 8) // 20 in ten days
	for name, c := range map[string]struct {
		samples      []Sample
		used, usable int64
		want         string
	}{
		"a straight line":           {days(10, 20, 30), 30, 260, "full in about 23 days"},
		"tomorrow":                  {days(10, 20, 30), 30, 31, "full in about 1 day"},
		"one day stands out":        {days(10, 20, 60, 40, 50), 50, 100, "full in about 5 days"},
		"days without a sample":     {gap, 30, 50, "full in about 13 days"},
		"too few":                   {days(10, 20), 20, 100, "unknown"},
		"none":                      {nil, 20, 100, "unknown"},
		"it does not change":        {days(10, 10, 10), 10, 100, "does not fill up"},
		"it shrinks":                {days(30, 20, 10), 10, 100, "does not fill up"},
		"not in years":              {days(10, 11, 12), 12, 10_000, "does not fill up"},
		"full":                      {days(10, 20, 100), 100, 100, "full now"},
		"full with nothing to tell": {nil, 101, 100, "full now"},
	} {
		if got := forecast(c.samples, c.used, c.usable).String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTheFirstToBeFullCounts(t *testing.T) {
	t.Parallel()
	f := func(o Outlook, days int) Amount { return Amount{Forecast: Forecast{o, days}} }
	for want, amounts := range map[string][]Amount{
		"full in about 3 days": {f(OutlookGrowing, 40), f(OutlookUnknown, 0), f(OutlookGrowing, 3), f(OutlookSteady, 0)},
		"full now":             {f(OutlookGrowing, 1), f(OutlookFull, 0)},
		"does not fill up":     {f(OutlookUnknown, 0), f(OutlookSteady, 0)},
		"unknown":              nil,
	} {
		if got := soonest(amounts).Forecast.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
