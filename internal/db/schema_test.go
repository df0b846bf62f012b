package db

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// expanding is a third migration that code of the first two survives, unless it says otherwise.
func expanding(says string) fs.FS {
	files := migrations(2).(fstest.MapFS)
	files["003_step.sql"] = &fstest.MapFile{Data: []byte(says + "alter table things add column note text")}
	return files
}

func TestNewerSchemaIsWorkedWithUnlessItSaysOtherwise(t *testing.T) {
	t.Parallel()
	for says, works := range map[string]bool{"": true, "-- breaks code before 2\n": true, "-- Why.\n-- breaks code before 3\n": false} {
		pool := setup(t)
		must(t, Migrate(t.Context(), pool, expanding(says)))
		must(t, Current(t.Context(), pool, expanding(says)))
		for name, err := range map[string]error{
			"Migrate": Migrate(t.Context(), pool, migrations(2)), "Current": Current(t.Context(), pool, migrations(2)),
		} {
			if (err == nil) != works || err != nil && !errors.Is(err, ErrNewerSchema) {
				t.Errorf("%q: %s: err = %v", says, name, err)
			}
			if err != nil && !strings.Contains(err.Error(), "it has schema 3, which needs code for schema 3 or later, and this is code for schema 2") {
				t.Errorf("%s does not say which: %v", name, err)
			}
		}
	}
}

func TestOlderCodeNeverWidensWhatTheSchemaSupports(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Migrate(t.Context(), pool, expanding("-- breaks code before 3\n")))
	must(t, Migrate(t.Context(), pool, expanding(""))) // as if the file had been changed
	if err := Current(t.Context(), pool, migrations(2)); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("err = %v", err)
	}
}

func TestSchemaOfABuildThatSaidNothingIsRefused(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Migrate(t.Context(), pool, migrations(3)))
	if _, err := pool.Exec(t.Context(), "drop table schema_support"); err != nil {
		t.Fatal(err)
	}
	if err := Current(t.Context(), pool, migrations(2)); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("err = %v", err)
	}
}

func TestMigrationsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for want, files := range map[string]fstest.MapFS{
		"is not called like":  {"1_a.sql": {}},
		"002 comes next":      {"001_a.sql": {}, "001_b.sql": {}},
		"gap: 002 comes next": {"001_a.sql": {}, "003_b.sql": {}},
		"there are only 1":    {"001_a.sql": {Data: []byte("-- breaks code before 2\nselect 1")}},
		"001 comes next":      {"000_a.sql": {}},
	} {
		if _, err := readSchema(files); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: err = %v", want, err)
		}
	}
}

func TestMigrationGivesUpWhereATableIsInUseForLong(t *testing.T) {
	t.Parallel()
	pool := setup(t)
	must(t, Migrate(t.Context(), pool, migrations(2)))
	user, err := pool.Begin(t.Context())
	must(t, err)
	_, err = user.Exec(t.Context(), "lock table things in access share mode")
	must(t, err)
	if err := Migrate(t.Context(), pool, expanding("")); err == nil || !strings.Contains(err.Error(), "lock timeout") {
		t.Errorf("err = %v", err)
	}
	must(t, user.Rollback(t.Context()))
	must(t, Migrate(t.Context(), pool, expanding("")))
}
