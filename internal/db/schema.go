package db

import (
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
)

// schema is the numbered migrations of a build.
type schema struct {
	steps []step // by number, from 1
	// oldest is the version of the schema whose code still works on this one: the highest that a file says with a line
	// like `-- breaks code before 7`.
	oldest int
}

type step struct{ name, sql string }

func (s schema) version() int { return len(s.steps) }

var (
	fileForm   = regexp.MustCompile(`^(\d{3})_[a-z0-9_]+\.sql$`)
	breaksForm = regexp.MustCompile(`(?m)^-- breaks code before (\d+)$`)
)

// readSchema takes files of the form 001_name.sql.
func readSchema(files fs.FS) (s schema, err error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return s, fmt.Errorf("list migrations: %w", err)
	}
	for _, e := range entries {
		match := fileForm.FindStringSubmatch(e.Name())
		if match == nil {
			return s, fmt.Errorf("migration %q is not called like 001_name.sql", e.Name())
		}
		number, _ := strconv.Atoi(match[1])
		if number != len(s.steps)+1 { // they come in the order of their names
			return s, fmt.Errorf("migration %q has a number that is taken, or that leaves a gap: %03d comes next", e.Name(), len(s.steps)+1)
		}
		sql, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return s, fmt.Errorf("read migration: %w", err)
		}
		s.steps = append(s.steps, step{name: e.Name(), sql: string(sql)})
	}
	s.oldest = 1
	for _, step := range s.steps {
		for _, match := range breaksForm.FindAllStringSubmatch(step.sql, -1) {
			breaks, _ := strconv.Atoi(match[1])
			s.oldest = max(s.oldest, breaks)
		}
	}
	if s.oldest > max(1, s.version()) {
		return s, fmt.Errorf("a migration breaks code before %d, and there are only %d", s.oldest, s.version())
	}
	return s, nil
}

// Version is that of the schema that files lead to.
func Version(files fs.FS) (int, error) {
	s, err := readSchema(files)
	return s.version(), err
}
