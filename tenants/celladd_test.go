package tenants

import (
	"errors"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/longhouse-dev/longhouse/internal/db"
)

// codeFor is the schema that code of a version knows.
func (b *bundle) codeFor(version int) fs.FS {
	b.t.Helper()
	names, err := fs.Glob(Migrations(), "*.sql")
	b.must(err)
	known := fstest.MapFS{}
	for _, name := range names[:version] {
		text, err := fs.ReadFile(Migrations(), name)
		b.must(err)
		known[name] = &fstest.MapFile{Data: text}
	}
	return known
}

func TestCodeThatTakesEveryCellForItsOwnIsKeptAwayOnceThereAreTwo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	before, since := b.codeFor(knowsFurtherCells-1), b.codeFor(knowsFurtherCells)
	b.must(db.Current(t.Context(), b.pool, before))
	_, err := b.store.AddCell(t.Context(), anOperator, NewCell{Name: "north", Region: "north", Kind: "local"})
	b.refused(err, Invalid, "")
	b.must(db.Current(t.Context(), b.pool, before)) // nothing was added
	_, err = b.store.AddCell(t.Context(), anOperator, aCell("north"))
	b.must(err)
	if err := db.Current(t.Context(), b.pool, before); !errors.Is(err, db.ErrNewerSchema) {
		t.Errorf("code of before: %v", err)
	}
	b.must(db.Current(t.Context(), b.pool, since))
}
