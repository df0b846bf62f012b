package tenants

import (
	"time"

	"github.com/google/uuid"
)

// Dimension is one thing that a cell has only so much of.
type Dimension string

// The dimensions.
const (
	// PlacesDimension: workspaces, and blanks that nobody has taken yet.
	PlacesDimension Dimension = "workspaces"
	// DatabaseDimension: bytes in the cell's databases.
	DatabaseDimension Dimension = "database_bytes"
	// DiskDimension: bytes on the disk under databases and objects.
	DiskDimension Dimension = "disk_bytes"
	// ConnectionsDimension: sessions of the cell's database server.
	ConnectionsDimension Dimension = "connections"
	// MemoryDimension: bytes of the machine that runs the cell's instances.
	MemoryDimension Dimension = "memory_bytes"
)

// Dimensions lists all of them.
var Dimensions = []Dimension{PlacesDimension, DatabaseDimension, DiskDimension, ConnectionsDimension, MemoryDimension}

// share is what one more workspace is taken to need until it is measured with the rest.
var share = map[Dimension]int64{PlacesDimension: 1, DatabaseDimension: 16 << 20, DiskDimension: 32 << 20, ConnectionsDimension: 1, MemoryDimension: 24 << 20}

// reservePercent of what is measured is left free: it grows by itself. A number of workspaces that somebody has declared
// is meant as it is.
const reservePercent = 10

// Amount is how a cell stands in one dimension. A pointer that is nil: not known.
type Amount struct {
	Dimension  Dimension
	Declared   *int64 // by an operator; wins over what is measured
	Measured   *int64 // how much there is, where that can be found out
	Used       *int64
	MeasuredAt *time.Time
	Forecast   Forecast
}

// Limit returns how much there is, and whether that is known.
func (a Amount) Limit() (int64, bool) {
	switch {
	case a.Declared != nil:
		return *a.Declared, true
	case a.Measured != nil:
		return *a.Measured, true
	}
	return 0, false
}

// usable is the limit without what is left free.
func (a Amount) usable() (int64, bool) {
	limit, known := a.Limit()
	if a.Dimension != PlacesDimension {
		limit -= limit/100*reservePercent + (limit%100*reservePercent+99)/100 // rounded up: of few, too, something is left
	}
	return limit, known
}

// Load is a cell and how full it is.
type Load struct {
	Cell    Cell
	Amounts []Amount // one per dimension, in their order
	Blanks  int      // made or being made, and given to nobody
	Waiting int      // workspaces that have no storage yet: they will take blanks
	Recent  int      // workspaces since the last measurement
	Fresh   int      // blanks since the last measurement
	Contact Contact
	Waits   string // why it was not compared with the control plane's database yet; empty: it was
}

// growth is what n more workspaces would add. A blank at hand has its place and its storage already.
func (l Load) growth(d Dimension, n int64) int64 {
	if d == PlacesDimension {
		spare := int64(max(0, l.Blanks-l.Waiting))
		return max(0, n-spare)
	}
	if storedAhead(d) {
		n += int64(l.Fresh)
	}
	return (int64(l.Recent) + n) * share[d]
}

// storedAhead reports whether a blank needs something of the dimension.
func storedAhead(d Dimension) bool { return d != ConnectionsDimension && d != MemoryDimension }

// Full lists the dimensions in which the cell has no room for one more workspace.
func (l Load) Full() (full []Amount) {
	for _, a := range l.Amounts {
		usable, known := a.usable()
		if known && a.Used != nil && *a.Used+l.growth(a.Dimension, 1) > usable {
			full = append(full, a)
		}
	}
	return full
}

// tightness is the share that is used of what can be used, in the dimension where that is most; 0 where nothing is known.
func (l Load) tightness() (most float64) {
	for _, a := range l.Amounts {
		usable, known := a.usable()
		if !known || a.Used == nil {
			continue
		}
		if usable <= 0 {
			return 1
		}
		most = max(most, float64(*a.Used+l.growth(a.Dimension, 0))/float64(usable))
	}
	return most
}

// roomForBlanks is how many of the wanted blanks the cell has room for, beside those that it has.
func (l Load) roomForBlanks(wanted int) int {
	room := int64(wanted)
	for _, a := range l.Amounts {
		usable, known := a.usable()
		if !known || a.Used == nil || !storedAhead(a.Dimension) {
			continue
		}
		left := usable - *a.Used
		if a.Dimension != PlacesDimension {
			left -= l.growth(a.Dimension, 0)
		}
		room = min(room, max(0, left)/share[a.Dimension])
	}
	return int(room)
}

// Measurement is what a worker has found out about one dimension of a cell. Of the places nobody measures anything: the
// rows say it.
type Measurement struct {
	Dimension Dimension
	Limit     *int64 // nil: there is no telling
	Used      int64
}

// cellLoad finds a cell's load.
func cellLoad(loads []Load, cell uuid.UUID) (Load, bool) {
	for _, l := range loads {
		if l.Cell.ID == cell {
			return l, true
		}
	}
	return Load{}, false
}
