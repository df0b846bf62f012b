package tenants

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// samplesKept is how far back forecasts look.
const samplesKept = 30 * 24 * time.Hour

// Loads returns all cells with how full they are, the oldest first.
func (s *Store) Loads(ctx context.Context) ([]Load, error) { return s.loads(ctx, s.pool) }

// Load returns one cell with how full it is.
func (s *Store) Load(ctx context.Context, cellID uuid.UUID) (Load, error) {
	loads, err := s.loads(ctx, s.pool)
	if err != nil {
		return Load{}, err
	}
	l, ok := cellLoad(loads, cellID)
	if !ok {
		return Load{}, refuse(NotFound, "", "there is no such cell")
	}
	return l, nil
}

func (s *Store) loads(ctx context.Context, tx dbsql.DBTX) ([]Load, error) {
	q := dbsql.New(tx)
	cells, err := q.ListCells(ctx)
	if err != nil {
		return nil, fmt.Errorf("list cells: %w", err)
	}
	places, err := q.CellPlaces(ctx)
	if err != nil {
		return nil, fmt.Errorf("count what is in the cells: %w", err)
	}
	amounts, err := q.CellAmounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what cells have: %w", err)
	}
	samples, err := q.CellSamples(ctx, s.now().Add(-samplesKept))
	if err != nil {
		return nil, fmt.Errorf("read what cells had: %w", err)
	}
	contacts, err := q.CellContacts(ctx)
	if err != nil {
		return nil, fmt.Errorf("read when cells were reached: %w", err)
	}
	waiting, err := unreconciled(ctx, q)
	if err != nil {
		return nil, err
	}
	loads := make([]Load, 0, len(cells))
	for _, c := range cells {
		l := Load{Cell: cell(c), Contact: contactOf(contacts, c.ID)}
		for _, d := range Dimensions {
			l.Amounts = append(l.Amounts, amountOf(amounts, c.ID, d))
		}
		for _, p := range places {
			if p.ID == c.ID {
				l.count(p)
			}
		}
		l.foresee(samples)
		for _, w := range waiting {
			if w.Cell == c.ID {
				l.Waits = orNobody(w.Message)
			}
		}
		loads = append(loads, l)
	}
	return loads, nil
}

func amountOf(rows []dbsql.CellCapacity, cell uuid.UUID, d Dimension) Amount {
	for _, r := range rows {
		if r.CellID == cell && Dimension(r.Dimension) == d {
			return Amount{Dimension: d, Declared: r.Declared, Measured: r.Measured, Used: r.Used, MeasuredAt: r.MeasuredAt}
		}
	}
	return Amount{Dimension: d}
}

// count takes what the rows say. Workspaces that wait for their storage will take the blanks: those are not counted twice.
func (l *Load) count(p dbsql.CellPlacesRow) {
	l.Blanks, l.Waiting, l.Recent, l.Fresh = int(p.Blanks), int(p.Waiting), int(p.Recent), int(p.RecentBlanks)
	used := p.Workspaces + max(0, int64(p.Blanks)-p.Waiting)
	l.Amounts[slices.Index(Dimensions, PlacesDimension)].Used = &used
}

func (l *Load) foresee(rows []dbsql.CellSample) {
	for i, a := range l.Amounts {
		var samples []Sample
		for _, r := range rows {
			if r.CellID == l.Cell.ID && Dimension(r.Dimension) == a.Dimension {
				samples = append(samples, Sample{Day: r.Day, Used: r.Used})
			}
		}
		l.Amounts[i].Forecast = Forecast{Outlook: OutlookUnknown}
		if usable, known := a.usable(); known && a.Used != nil {
			l.Amounts[i].Forecast = forecast(samples, *a.Used, usable)
		}
	}
}

// DeclareLimits sets how much a cell has of some dimensions. Nil takes a declaration back: what is measured counts again.
func (s *Store) DeclareLimits(ctx context.Context, p Principal, cellID uuid.UUID, limits map[Dimension]*int64) error {
	if err := checkLimits(limits); err != nil {
		return err
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		row, err := q.LockCell(ctx, cellID)
		if err != nil {
			return unlessMissing(err, refuse(NotFound, "", "there is no such cell"))
		}
		details := map[string]string{"cell": row.Name}
		for _, d := range slices.Sorted(maps.Keys(limits)) {
			if err := q.DeclareCapacity(ctx, dbsql.DeclareCapacityParams{CellID: cellID, Dimension: string(d), Declared: limits[d]}); err != nil {
				return fmt.Errorf("declare %s of cell %s: %w", d, row.Name, err)
			}
			details[string(d)] = "measured"
			if limits[d] != nil {
				details[string(d)] = fmt.Sprint(*limits[d])
			}
		}
		return s.record(ctx, tx, Event{Actor: p.Name(), Action: "cell.limit", Subject: id.Show(id.Cell, cellID), Details: details})
	})
}

func checkLimits(limits map[Dimension]*int64) error {
	for d, n := range limits {
		if !slices.Contains(Dimensions, d) {
			return refuse(Invalid, "limits", "there is no dimension %q; allowed are %v", d, Dimensions)
		}
		if n != nil && *n < 0 {
			return refuse(Invalid, "limits", "the limit of %s is %d; it must be 0 or more", d, *n)
		}
	}
	return nil
}

// NoteCapacity writes down what was measured in a cell, and the day's sample of every dimension.
func (s *Store) NoteCapacity(ctx context.Context, cellID uuid.UUID, list []Measurement) error {
	return s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		at := s.now()
		for _, m := range list {
			err := q.NoteCapacity(ctx, dbsql.NoteCapacityParams{CellID: cellID, Dimension: string(m.Dimension), Measured: m.Limit, Used: m.Used, At: at})
			if err != nil {
				return fmt.Errorf("note %s: %w", m.Dimension, err)
			}
		}
		loads, err := s.loads(ctx, tx)
		if err != nil {
			return err
		}
		is, _ := cellLoad(loads, cellID)
		for _, a := range is.Amounts {
			if a.Used == nil {
				continue
			}
			err := q.NoteSample(ctx, dbsql.NoteSampleParams{CellID: cellID, Dimension: string(a.Dimension), Day: at, Used: *a.Used})
			if err != nil {
				return fmt.Errorf("note a sample of %s: %w", a.Dimension, err)
			}
		}
		if err := q.ForgetSamples(ctx, at.Add(-samplesKept)); err != nil {
			return fmt.Errorf("forget old samples: %w", err)
		}
		return nil
	})
}

// RoomForBlanks is how many of the blanks that are wanted a cell can still take: none unless it is ready
// and reached. Whoever asks
// has the cell's row locked.
func (s *Store) RoomForBlanks(ctx context.Context, tx pgx.Tx, cellID uuid.UUID, wanted int) (int, error) {
	loads, err := s.loads(ctx, tx)
	if err != nil {
		return 0, err
	}
	l, _ := cellLoad(loads, cellID)
	if l.Cell.State != CellReady || l.Contact.Lost() {
		return 0, nil
	}
	return l.roomForBlanks(wanted), nil
}
