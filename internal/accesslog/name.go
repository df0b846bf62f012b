package accesslog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	folder        = "access-log/"
	segmentFolder = folder + "segments/"
	ownerFolder   = folder + "workspaces/"
	pieceSuffix   = ".gz"
)

// named is what an object's name says.
type named struct {
	name        string
	from, until time.Time // no line in it is before or after that
	raw         int       // bytes of lines
	toldAt      time.Time // when it was written; only of segments
}

func span(from, until time.Time, raw int) string {
	return fmt.Sprintf("%013d-%013d-%d", from.UnixMilli(), until.Add(time.Millisecond-1).UnixMilli(), raw)
}

// segmentName is of the segment as it was told: also where owners have gone since, so that the same is kept once.
func segmentName(h Header) string {
	return segmentFolder + span(h.From, h.Until, h.Raw()) + "-" + h.Edge + "-" + h.Lease + "-" + strconv.FormatInt(h.Sequence, 10)
}

func ofOwner(owner string) string { return ownerFolder + owner + "/" }

func dayOf(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }

func ofDay(owner string, day time.Time) string {
	return ofOwner(owner) + day.UTC().Format(time.DateOnly) + "/"
}

// dayIn reads the day from a name under ofOwner.
func dayIn(owner, name string) (time.Time, bool) {
	day, _, found := strings.Cut(strings.TrimPrefix(name, ofOwner(owner)), "/")
	at, err := time.Parse(time.DateOnly, day)
	return at, found && err == nil
}

// parseName reads a name back. It is false for what is not of this package's making.
func parseName(name string) (n named, ok bool) {
	base := name[strings.LastIndexByte(name, '/')+1:]
	parts := strings.SplitN(base, "-", 4)
	if len(parts) != 4 {
		return n, false
	}
	var numbers [3]int64
	for i := range numbers {
		var err error
		if numbers[i], err = strconv.ParseInt(parts[i], 10, 64); err != nil || numbers[i] < 0 {
			return n, false
		}
	}
	n = named{name: name, from: time.UnixMilli(numbers[0]).UTC(), until: time.UnixMilli(numbers[1]).UTC(), raw: int(numbers[2])}
	return n, !n.from.Before(earliest) && n.until.Before(latest) && !n.until.Before(n.from)
}
