package tenants

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func amount(n int64) *int64 { return &n }

// loaded is a ready cell that uses so much of so much.
func loaded(name, region string, amounts ...Amount) Load {
	return Load{Cell: Cell{ID: uuid.New(), Name: name, Region: region, State: CellReady}, Amounts: amounts}
}

func of(d Dimension, used, limit int64) Amount {
	return Amount{Dimension: d, Used: amount(used), Measured: amount(limit)}
}

func in(l Load, s CellState) Load {
	l.Cell.State = s
	return l
}

const gib = int64(1) << 30

func TestChoose(t *testing.T) {
	t.Parallel()
	half, third := of(DiskDimension, 50*gib, 100*gib), of(DiskDimension, 33*gib, 100*gib)
	for name, c := range map[string]struct {
		loads  []Load
		region string
		want   string // a cell, or a part of the refusal
		detail string
	}{
		"the least used":                         {[]Load{loaded("a", "eu", half), loaded("b", "eu", third)}, "eu", "b", ""},
		"of equals the oldest":                   {[]Load{loaded("a", "eu", half), loaded("b", "eu", half)}, "", "a", ""},
		"by the tightest dimension":              {[]Load{loaded("a", "eu", third, of(ConnectionsDimension, 80, 100)), loaded("b", "eu", half)}, "eu", "b", ""},
		"only in the region":                     {[]Load{loaded("a", "eu", half), loaded("b", "us", third)}, "eu", "a", ""},
		"not one that drains":                    {[]Load{in(loaded("a", "eu", third), CellDraining), loaded("b", "eu", half)}, "eu", "b", ""},
		"not one that is closed":                 {[]Load{in(loaded("a", "eu", third), CellClosed), loaded("b", "eu", half)}, "", "b", ""},
		"one of which nothing is known":          {[]Load{loaded("a", "eu", half), loaded("b", "eu")}, "", "b", ""},
		"a tenth is left free":                   {[]Load{loaded("a", "eu", of(DiskDimension, 90*gib, 100*gib))}, "eu", `"eu" is full now; try again later`, "disk_bytes is full (90.0 GiB of 100.0 GiB used, and 10 % are kept free)"},
		"a number of places is meant as it is":   {[]Load{loaded("a", "eu", of(PlacesDimension, 9, 10))}, "eu", "a", ""},
		"the last place is gone":                 {[]Load{loaded("a", "eu", of(PlacesDimension, 10, 10))}, "", "no cell takes new workspaces now", "cell a takes no new workspaces: workspaces is full (10 of 10 used)"},
		"what is declared wins":                  {[]Load{loaded("a", "eu", Amount{Dimension: DiskDimension, Used: amount(50 * gib), Measured: amount(100 * gib), Declared: amount(40 * gib)})}, "eu", "is full now", "50.0 GiB of 40.0 GiB"},
		"full, and where there is room":          {[]Load{loaded("a", "eu", of(ConnectionsDimension, 95, 100)), loaded("b", "us", half)}, "eu", "there is room in us", "connections is full (95 of 100 used"},
		"a region without a ready cell":          {[]Load{in(loaded("a", "eu"), CellDraining), loaded("b", "us", half)}, "eu", `there is no region "eu" that takes new workspaces`, "cell a takes no new workspaces: it is draining; there is room in us"},
		"no such region":                         {[]Load{loaded("b", "us", half)}, "mars", `there is no region "mars"`, "there is no cell; there is room in us"},
		"no cell at all":                         {nil, "", "no cell takes new workspaces now", "there is no cell"},
		"full says when another would be":        {[]Load{loaded("a", "eu", of(PlacesDimension, 1, 1)), in(loaded("c", "eu"), CellClosed)}, "", "no cell takes", "cell c takes no new workspaces: it is closed"},
		"what is not measured yet is in its way": {[]Load{{Cell: Cell{Name: "a", Region: "eu", State: CellReady}, Recent: 90, Amounts: []Amount{of(ConnectionsDimension, 0, 100)}}}, "", "no cell takes", "connections is full (0 of 100 used, 90 promised since, and 10 % are kept free)"},
	} {
		got, err := choose(c.loads, c.region)
		if err == nil {
			if got.Cell.Name != c.want {
				t.Errorf("%s: %q, want %q", name, got.Cell.Name, c.want)
			}
			continue
		}
		refusal := (*Refusal)(nil)
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Message, c.want) || !strings.Contains(refusal.Detail, c.detail) {
			t.Errorf("%s: %+v, want ...%s..., for operators ...%s...", name, err, c.want, c.detail)
		}
	}
}

func growing(a Amount, days int) Amount {
	a.Forecast = Forecast{OutlookGrowing, days}
	return a
}

func steady(a Amount) Amount {
	a.Forecast = Forecast{Outlook: OutlookSteady}
	return a
}

// TestARefusalForesees: whoever reads that a cell is full also has to know what would be next, and how long the others last.
func TestARefusalForesees(t *testing.T) {
	t.Parallel()
	full := of(PlacesDimension, 1, 1)
	full.Forecast.Outlook = OutlookFull
	disk, connections := of(DiskDimension, 50*gib, 100*gib), of(ConnectionsDimension, 10, 100)
	a := loaded("a", "eu", full, growing(disk, 40), growing(connections, 12))
	for name, c := range map[string]struct {
		others []Load
		want   string
	}{
		"what is next":             {nil, "cell a takes no new workspaces: workspaces is full (1 of 1 used); next is connections, full in about 12 days"},
		"nothing is known":         {[]Load{loaded("b", "us", disk)}, "; there is room in us (when it will be full is not known yet)"},
		"the other fills up":       {[]Load{loaded("b", "us", growing(disk, 9), steady(connections))}, "; there is room in us (full in about 9 days)"},
		"the cell that lasts":      {[]Load{loaded("b", "us", growing(disk, 9)), loaded("c", "us", growing(disk, 90)), in(loaded("d", "us", steady(disk)), CellClosed)}, "us (full in about 90 days)"},
		"one that lasts for good":  {[]Load{loaded("b", "us", growing(disk, 9)), loaded("c", "us", steady(disk))}, "us (does not fill up)"},
		"one of which none knows":  {[]Load{loaded("b", "us", growing(disk, 9)), loaded("c", "us")}, "us (when it will be full is not known yet)"},
		"each region for itself":   {[]Load{loaded("b", "us", growing(disk, 9)), loaded("c", "asia", steady(disk))}, "us (full in about 9 days), asia (does not fill up)"},
		"a full one says nothing":  {[]Load{loaded("b", "us", full)}, "full in about 12 days"},
		"what is nearly full, too": {[]Load{loaded("b", "us", growing(disk, 1))}, "us (full in about 1 day)"},
	} {
		_, err := choose(append([]Load{a}, c.others...), "eu")
		refusal := (*Refusal)(nil)
		if !errors.As(err, &refusal) || !strings.HasSuffix(refusal.Detail, c.want) || strings.Contains(refusal.Message, "days") {
			t.Errorf("%s: %+v, want ...%s", name, refusal, c.want)
		}
	}
	if says := loaded("b", "us", steady(connections), growing(disk, 9)).Sentence(); says != "cell b takes new workspaces, and its disk_bytes will be full in about 9 days" {
		t.Error(says)
	}
}

func TestCustomersLearnNothingOfCells(t *testing.T) {
	t.Parallel()
	_, err := choose([]Load{loaded("secret-name", "eu", of(DiskDimension, 99, 100))}, "eu")
	if strings.Contains(err.Error(), "secret-name") || strings.Contains(err.Error(), "disk") {
		t.Error(err)
	}
}

func TestABlankAtHandHasItsPlaceAlready(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		used            int64
		blanks, waiting int
		fits            bool
	}{
		"none at hand":                 {10, 0, 0, false},
		"one at hand":                  {10, 1, 0, true},
		"one, that somebody waits for": {10, 1, 1, false},
		"two, one of them spoken for":  {10, 2, 1, true},
	} {
		l := loaded("a", "eu", of(PlacesDimension, c.used, 10))
		l.Blanks, l.Waiting = c.blanks, c.waiting
		if l.Takes() != c.fits {
			t.Errorf("%s: takes %t, want %t", name, l.Takes(), c.fits)
		}
	}
}

func TestBlanksAreMadeOnlyWhereThereIsRoom(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amounts []Amount
		want    int
	}{
		"nothing known":             {nil, 4},
		"two places":                {[]Amount{of(PlacesDimension, 8, 10)}, 2},
		"none":                      {[]Amount{of(PlacesDimension, 12, 10)}, 0},
		"disk for one":              {[]Amount{of(DiskDimension, 90*gib-(40<<20), 100*gib)}, 1},
		"a blank has no process":    {[]Amount{of(ConnectionsDimension, 100, 100), of(MemoryDimension, 100, 100)}, 4},
		"room for all and for more": {[]Amount{of(DiskDimension, gib, 100*gib), of(PlacesDimension, 1, 100)}, 4},
	} {
		if got := loaded("a", "eu", c.amounts...).roomForBlanks(4); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestAmountsForPeople(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1536: "1.5 KiB", 3 << 30: "3.0 GiB", 5 << 50: "5120.0 TiB"} {
		if got := DiskDimension.Show(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	if got := ConnectionsDimension.Show(2048); got != "2048" {
		t.Error(got)
	}
}
