package tenants

import (
	"fmt"
	"math"
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

// soonest is the forecast that calls first.
func soonest(amounts []Amount) Forecast {
	best := Forecast{Outlook: OutlookUnknown}
	urgency := func(f Forecast) int {
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
	for _, a := range amounts {
		if urgency(a.Forecast) > urgency(best) {
			best = a.Forecast
		}
	}
	return best
}

// Forecast says when the first dimension of the cell will be full.
func (l Load) Forecast() Forecast { return soonest(l.Amounts) }
