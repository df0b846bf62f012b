package tenants

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// column is one of a table, as code that writes to the table has to know it.
type column struct {
	Name     string // table.column
	Type     string
	Required bool // it is not null and has no default: who inserts must name it
}

// TestEveryMigrationExpands applies the migrations one by one, and compares what code of the version before uses: all columns
// stay, with their types, and whoever inserts need not know the new ones. A contraction has to say so.
func TestEveryMigrationExpands(t *testing.T) {
	t.Parallel()
	pool, err := db.Open(t.Context(), testdb.New(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	names, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	applied, before := fstest.MapFS{}, map[string]column{}
	for _, name := range names {
		text, err := fs.ReadFile(Migrations(), name)
		if err != nil {
			t.Fatal(err)
		}
		applied[name] = &fstest.MapFile{Data: text}
		if err := db.Migrate(t.Context(), pool, applied); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		now := columns(t, pool)
		if !strings.Contains(string(text), "-- breaks code before ") {
			for _, problem := range narrower(before, now) {
				t.Errorf("%s: %s", name, problem)
			}
		}
		before = now
	}
}

func columns(t *testing.T, pool *pgxpool.Pool) map[string]column {
	t.Helper()
	rows, err := pool.Query(t.Context(), `select c.relname || '.' || a.attname, format_type(a.atttypid, a.atttypmod),
		a.attnotnull and not a.atthasdef and a.attidentity = ''
		from pg_attribute a join pg_class c on c.oid = a.attrelid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
		and c.relname not like 'schema_%'`)
	if err != nil {
		t.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[column])
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]column{}
	for _, c := range list {
		byName[c.Name] = c
	}
	return byName
}

// narrower is what code that knows before can't do any more.
func narrower(before, now map[string]column) (problems []string) {
	tables := map[string]bool{}
	for name, was := range before {
		table, _, _ := strings.Cut(name, ".")
		tables[table] = true
		is, there := now[name]
		switch {
		case !there:
			problems = append(problems, name+" is gone")
		case is.Type != was.Type:
			problems = append(problems, fmt.Sprintf("%s was %s and is %s", name, was.Type, is.Type))
		case is.Required && !was.Required:
			problems = append(problems, name+" must be given by who inserts, and could be left out")
		}
	}
	for name, is := range now {
		table, _, _ := strings.Cut(name, ".")
		if _, known := before[name]; !known && tables[table] && is.Required {
			problems = append(problems, name+" is new, and must be given by who inserts")
		}
	}
	return problems
}

func TestNarrowerSchemasAreFound(t *testing.T) {
	t.Parallel()
	before := map[string]column{"a.id": {"a.id", "uuid", true}, "a.note": {"a.note", "text", false}}
	for want, now := range map[string]map[string]column{
		"a.note is gone":            {"a.id": {"a.id", "uuid", true}},
		"a.id was uuid and is text": {"a.id": {"a.id", "text", true}, "a.note": {"a.note", "text", false}},
		"a.note must be given by who inserts, and could be left out": {"a.id": {"a.id", "uuid", true}, "a.note": {"a.note", "text", true}},
		"a.new is new, and must be given by who inserts":             {"a.id": {"a.id", "uuid", true}, "a.note": {"a.note", "text", false}, "a.new": {"a.new", "text", true}},
		"": {"a.id": {"a.id", "uuid", true}, "a.note": {"a.note", "text", false}, "a.new": {"a.new", "text", false}, "b.new": {"b.new", "text", true}},
	} {
		if got := strings.Join(narrower(before, now), "; "); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
