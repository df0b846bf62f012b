package provisioner

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/tenants"
	"github.com/longhouse-dev/longhouse/terraform"
)

func TestACellOfThisMachineIsMeasured(t *testing.T) {
	t.Parallel()
	r := setup(t)
	e := r.engine("a", time.Minute)
	cell, _ := e.cells.get(r.cell)
	cell.Disk, cell.Outputs.Workloads = t.TempDir(), terraform.Workloads{Engine: terraform.ProcessEngine, Endpoint: "/run/agent"}
	r.must(e.measureCells(t.Context()))
	l, err := r.store.Load(t.Context(), r.cell)
	r.must(err)
	for _, a := range l.Amounts {
		limit, known := a.Limit()
		switch {
		case a.Used == nil:
			t.Errorf("%s is not measured", a.Dimension)
		case a.Dimension == tenants.PlacesDimension: // nobody can measure how many shall live there
			if known || *a.Used != 0 {
				t.Errorf("%+v", a)
			}
		case *a.Used == 0, known && *a.Used >= limit, known == (a.Dimension == tenants.DatabaseDimension):
			t.Errorf("%s: %d of %d, limit known %t", a.Dimension, *a.Used, limit, known)
		}
	}
	if n := r.count("cell_samples"); n != 5 {
		t.Errorf("%d samples of the day", n)
	}
}

func TestACellThatDoesNotAnswerKeepsNobodyFromBeingMeasured(t *testing.T) {
	t.Parallel()
	r := setup(t)
	other, err := r.store.RegisterCell(t.Context(), tenants.Cell{Region: "home", Name: "other", Kind: "local", Outputs: []byte(`{}`)}, 400100)
	r.must(err)
	e := r.engine("a", time.Minute)
	gone := r.open()
	gone.Close()
	e.cells.Put(&Cell{ID: other.ID, Databases: gone})
	if err := e.measureCells(t.Context()); err == nil || !strings.Contains(err.Error(), "ask the database server") {
		t.Errorf("%v", err)
	}
	l, err := r.store.Load(t.Context(), r.cell)
	r.must(err)
	if l.Amounts[1].Used == nil {
		t.Error("the cell that answers is not measured")
	}
}

func TestNoBlanksAreMadeInACellThatTakesNobody(t *testing.T) {
	t.Parallel()
	r := setup(t)
	_, err := r.store.RegisterRelease(t.Context(), tenants.Release{Engine: "longhouse", Version: "1.0.0", Channel: "stable", SHA256: strings.Repeat("a", 64), Path: "/x"})
	r.must(err)
	e := r.engine("a", time.Minute)
	r.must(r.store.SetCellState(t.Context(), tenants.Principal{}, r.cell, tenants.CellDraining))
	r.must(e.keepBlanks(t.Context(), 3))
	if n := r.count("operations"); n != 0 {
		t.Errorf("%d blanks are asked for in a draining cell", n)
	}
	two := int64(2)
	r.must(r.store.SetCellState(t.Context(), tenants.Principal{}, r.cell, tenants.CellReady))
	r.must(r.store.DeclareLimits(t.Context(), tenants.Principal{}, r.cell, map[tenants.Dimension]*int64{tenants.PlacesDimension: &two}))
	r.must(e.keepBlanks(t.Context(), 3))
	if n := r.count("operations"); n != 2 {
		t.Errorf("%d blanks are asked for in a cell with two places", n)
	}
}
