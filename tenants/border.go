package tenants

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// CanaryTenant owns the canaries: two workspaces of the installation's own that try all the time to get at each other.
var CanaryTenant = uuid.MustParse("01930000-0000-7000-8000-0000ca0a21e5")

// canarySlug begins the slugs of canaries, and of nobody else's workspaces.
const canarySlug = "canary-"

// Outcome is what a try to cross a border met.
type Outcome string

// The outcomes.
const (
	// Held: a rule refused it.
	Held Outcome = "held"
	// Crossed: nothing did.
	Crossed Outcome = "crossed"
	// Unclear: it failed for another reason, so that nothing is known.
	Unclear Outcome = "unclear"
)

// Outcomes lists all of them, from good to bad.
var Outcomes = []Outcome{Held, Unclear, Crossed}

// Borders are what is tried.
var Borders = []string{"database", "bucket", "socket", "file", "process", "network"}

// Worse returns the worse of two outcomes.
func (o Outcome) Worse(other Outcome) Outcome {
	return Outcomes[max(slices.Index(Outcomes, o), slices.Index(Outcomes, other))]
}

// Border is what the canaries met last at one border of a cell.
type Border struct {
	Cell    string // its name
	Name    string
	Outcome Outcome
	Detail  string // what was met, in few words
	Tries   int64
	Since   time.Time // that the outcome has been this one
	TriedAt time.Time
}

// NoteBorders writes down what the canaries of a cell met. That a border was crossed, or holds again, is audited.
func (s *Store) NoteBorders(ctx context.Context, cell uuid.UUID, list []Border) (news []Border, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		for _, b := range list {
			changed, err := dbsql.New(tx).NoteBorder(ctx, dbsql.NoteBorderParams{CellID: cell, Border: b.Name, Outcome: string(b.Outcome),
				Detail: b.Detail, At: s.now()})
			if err != nil {
				return fmt.Errorf("note border %s: %w", b.Name, err)
			}
			if !changed {
				continue
			}
			news = append(news, b)
			err = s.record(ctx, tx, Event{Actor: System, Action: "border." + string(b.Outcome), Subject: id.Show(id.Cell, cell),
				Details: map[string]string{"border": b.Name, "detail": b.Detail}})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return news, err
}

// Borders returns what the canaries met last.
func (s *Store) Borders(ctx context.Context) ([]Border, error) {
	rows, err := dbsql.New(s.pool).ListBorders(ctx)
	if err != nil {
		return nil, fmt.Errorf("list borders: %w", err)
	}
	var list []Border
	for _, r := range rows {
		list = append(list, Border{Cell: r.Cell, Name: r.Border, Outcome: Outcome(r.Outcome), Detail: r.Detail, Tries: r.Tries, Since: r.Since, TriedAt: r.TriedAt})
	}
	return list, nil
}
