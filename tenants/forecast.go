package tenants

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// How much has to be known for a forecast, and how far it is believed.
const (
	fewestSamples = 3
	farthestDays  = 2 * 365
)

// Outlook is what a forecast comes to.
type Outlook string

// The outlooks.
const (
	// OutlookUnknown: there are too few samples, or there is no limit.
	OutlookUnknown Outlook = "unknown"
	// OutlookSteady: it does not grow, or so slowly that nobody alive has to mind.
	OutlookSteady Outlook = "steady"
	// OutlookGrowing: it will be full in some days.
	OutlookGrowing Outlook = "growing"
	// OutlookFull: it is full.
	OutlookFull Outlook = "full"
)

// Outlooks lists all of them.
var Outlooks = []Outlook{OutlookUnknown, OutlookSteady, OutlookGrowing, OutlookFull}

// Forecast is when something will be full.
type Forecast struct {
	Outlook Outlook
	Days    int // of OutlookGrowing: in about so many
}

// String is the forecast for people.
func (f Forecast) String() string {
	switch f.Outlook {
	case OutlookFull:
		return "full now"
	case OutlookSteady:
		return "does not fill up"
	case OutlookGrowing:
		if f.Days == 1 {
			return "full in about 1 day"
		}
		return fmt.Sprintf("full in about %d days", f.Days)
	}
	return "unknown"
}

// Sample is the most that was used on a day.
type Sample struct {
	Day  time.Time
	Used int64
}

// forecast draws a straight line through the samples, by least squares, from what is used now to what is usable.
func forecast(samples []Sample, used, usable int64) Forecast {
	if used >= usable {
		return Forecast{Outlook: OutlookFull}
	}
	if len(samples) < fewestSamples {
		return Forecast{Outlook: OutlookUnknown}
	}
	perDay := slope(samples)
	if perDay <= 0 {
		return Forecast{Outlook: OutlookSteady}
	}
	days := math.Ceil(float64(usable-used) / perDay)
	if days > farthestDays {
		return Forecast{Outlook: OutlookSteady}
	}
	return Forecast{Outlook: OutlookGrowing, Days: int(days)}
}

// slope is the growth per day. Samples on one and the same day grow by nothing.
func slope(samples []Sample) float64 {
	var meanX, meanY float64
	day := func(s Sample) float64 { return s.Day.Sub(samples[0].Day).Hours() / 24 }
	for _, s := range samples {
		meanX += day(s) / float64(len(samples))
		meanY += float64(s.Used) / float64(len(samples))
	}
	var xy, xx float64
	for _, s := range samples {
		xy += (day(s) - meanX) * (float64(s.Used) - meanY)
		xx += (day(s) - meanX) * (day(s) - meanX)
	}
	if xx == 0 {
		return 0
	}
	return xy / xx
}

// soonest is what will be full first; something of no dimension where that is known of nothing.
func soonest(amounts []Amount) Amount {
	best := Amount{Forecast: Forecast{Outlook: OutlookUnknown}}
	for _, a := range amounts {
		if a.Forecast.urgency() > best.Forecast.urgency() {
			best = a
		}
	}
	return best
}

// urgency orders forecasts by how soon somebody has to mind.
func (f Forecast) urgency() int {
	switch f.Outlook {
	case OutlookFull:
		return 3 * farthestDays
	case OutlookGrowing:
		return 3*farthestDays - 1 - f.Days
	case OutlookSteady:
		return 1
	}
	return 0
}

// First is the dimension of the cell that will be full first, or is.
func (l Load) First() Amount { return soonest(l.Amounts) }

// Next is the one that will be full next, once there is room again in those that are full.
func (l Load) Next() Amount {
	full := l.Full()
	return soonest(slices.DeleteFunc(slices.Clone(l.Amounts), func(a Amount) bool {
		return slices.ContainsFunc(full, func(f Amount) bool { return f.Dimension == a.Dimension })
	}))
}

// lasts is how long a region has room: as long as the cell that has room longest.
func lasts(loads []Load, region string) Forecast {
	var longest *Forecast
	for _, l := range loads {
		if l.Cell.Region != region || !l.Takes() {
			continue
		}
		f := l.First().Forecast
		switch {
		case f.Outlook == OutlookUnknown: // it may be the one
			return f
		case longest == nil || f.urgency() < longest.urgency():
			longest = &f
		}
	}
	if longest == nil {
		return Forecast{Outlook: OutlookFull}
	}
	return *longest
}
