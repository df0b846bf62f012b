package controlplane

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Cell is one unit of shared infrastructure. What terraform made of it stays inside.
type Cell struct {
	ID        string       `json:"id"`
	Name      string       `json:"name"`
	Region    string       `json:"region"`
	Kind      string       `json:"kind" enum:"local,kubernetes,aws"`
	State     string       `json:"state" enum:"planned,ready,draining,closed,destroyed" doc:"planned: nothing of it is made yet; ready: takes new workspaces as far as it has room; draining: on its way to be given up; closed: takes none for the time being"`
	Takes     bool         `json:"takes_workspaces" doc:"Whether it would take a new workspace now"`
	Sentence  string       `json:"sentence" doc:"Whether it takes new workspaces, and if not, why"`
	Forecast  CellForecast `json:"forecast" doc:"Of the dimension that will be full first"`
	Next      CellForecast `json:"next" doc:"Of the dimension that will be full next, once there is room again in those that are full"`
	Capacity  []CellAmount `json:"capacity" doc:"One entry per dimension"`
	Contact   CellContact  `json:"contact" doc:"How workers get on with reaching it"`
	CreatedAt time.Time    `json:"created_at"`
	UpdatedAt time.Time    `json:"updated_at"`
}

// CellContact is how workers get on with reaching a cell. While they try in vain for 90 s, no new workspace is sent there.
type CellContact struct {
	ReachedAt    *time.Time `json:"reached_at,omitempty" doc:"When one reached it last; missing: never yet"`
	FailingSince *time.Time `json:"failing_since,omitempty" doc:"Since when they try in vain; missing: one reaches it, or none has looked yet"`
	Failure      string     `json:"failure,omitempty" doc:"Why they don't reach it"`
}

// CellForecast is when something will be full.
type CellForecast struct {
	Outlook   string `json:"outlook" enum:"unknown,steady,growing,full"`
	Dimension string `json:"dimension,omitempty" enum:"workspaces,database_bytes,disk_bytes,connections,memory_bytes" doc:"Missing: nothing is known of any"`
	Days      int    `json:"days,omitempty" doc:"Of growing: in about so many"`
	Text      string `json:"text" doc:"For humans"`
}

// CellAmount is how a cell stands in one dimension. Bytes, sessions or workspaces, as the dimension's name says.
type CellAmount struct {
	Dimension  string       `json:"dimension" enum:"workspaces,database_bytes,disk_bytes,connections,memory_bytes"`
	Used       *int64       `json:"used,omitempty" doc:"Missing: not measured yet, or not measurable"`
	Limit      *int64       `json:"limit,omitempty" doc:"Missing: none is declared, and none can be measured"`
	Declared   bool         `json:"declared" doc:"Whether an operator has declared the limit"`
	Forecast   CellForecast `json:"forecast"`
	MeasuredAt *time.Time   `json:"measured_at,omitempty"`
}

// CellIn names a cell.
type CellIn struct {
	Cell string `path:"cell" maxLength:"64" doc:"Its name, or cel_..."`
}

// CellOut answers with a cell.
type CellOut struct{ Body Cell }

// LimitsIn declares limits of a cell.
type LimitsIn struct {
	CellIn
	Body LimitsBody
}

// LimitsBody is what a cell has of some dimensions.
type LimitsBody struct {
	Limits map[string]*int64 `json:"limits" minProperties:"1" maxProperties:"5" doc:"By dimension: workspaces, database_bytes, disk_bytes, connections, memory_bytes. null: what is measured counts again. Others stay as they are"`
}

func (s *Server) cells(ctx context.Context, _ *Nothing) (*ListOut[Cell], error) {
	list, err := s.store.Loads(ctx)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(l tenants.Load) bool { return l.Cell.State == tenants.CellDestroyed })
	return whole(list, showLoad), nil
}

func (s *Server) cell(ctx context.Context, in *CellIn) (*CellOut, error) {
	found, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	return s.showCell(ctx, found.ID)
}

func (s *Server) openCell(ctx context.Context, in *CellIn) (*CellOut, error) {
	return s.setCellState(ctx, in, tenants.CellReady)
}

func (s *Server) closeCell(ctx context.Context, in *CellIn) (*CellOut, error) {
	return s.setCellState(ctx, in, tenants.CellClosed)
}

func (s *Server) drainCell(ctx context.Context, in *CellIn) (*CellOut, error) {
	return s.setCellState(ctx, in, tenants.CellDraining)
}

func (s *Server) setCellState(ctx context.Context, in *CellIn, to tenants.CellState) (*CellOut, error) {
	found, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	if err := s.store.SetCellState(ctx, principal(ctx), found.ID, to); err != nil {
		return nil, err
	}
	return s.showCell(ctx, found.ID)
}

func (s *Server) limitCell(ctx context.Context, in *LimitsIn) (*CellOut, error) {
	found, err := s.store.FindCell(ctx, in.Cell)
	if err != nil {
		return nil, err
	}
	if err := s.store.DeclareLimits(ctx, principal(ctx), found.ID, dimensions(in.Body.Limits)); err != nil {
		return nil, err
	}
	return s.showCell(ctx, found.ID)
}

func dimensions(given map[string]*int64) map[tenants.Dimension]*int64 {
	limits := map[tenants.Dimension]*int64{}
	for d, n := range given {
		limits[tenants.Dimension(d)] = n
	}
	return limits
}

func (s *Server) showCell(ctx context.Context, cell uuid.UUID) (*CellOut, error) {
	l, err := s.store.Load(ctx, cell)
	return &CellOut{Body: showLoad(l)}, err
}

func showLoad(l tenants.Load) Cell {
	c := l.Cell
	shown := Cell{ID: id.Show(id.Cell, c.ID), Name: c.Name, Region: c.Region, Kind: c.Kind, State: string(c.State), Takes: l.Takes(), Sentence: l.Sentence(),
		Forecast: showForecast(l.First()), Next: showForecast(l.Next()),
		Contact: CellContact{ReachedAt: l.Contact.ReachedAt, FailingSince: l.Contact.FailingSince, Failure: l.Contact.Failure}, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	for _, a := range l.Amounts {
		amount := CellAmount{Dimension: string(a.Dimension), Used: a.Used, Declared: a.Declared != nil, Forecast: showForecast(a), MeasuredAt: a.MeasuredAt}
		if limit, known := a.Limit(); known {
			amount.Limit = &limit
		}
		shown.Capacity = append(shown.Capacity, amount)
	}
	return shown
}

func showForecast(a tenants.Amount) CellForecast {
	return CellForecast{Outlook: string(a.Forecast.Outlook), Dimension: string(a.Dimension), Days: a.Forecast.Days, Text: a.Forecast.String()}
}
