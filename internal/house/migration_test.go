package house

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// unsafe is what a migration must not do while code of the version before runs, or while the table is in use: the
// pattern, why, and what to do instead. A contraction says `-- breaks code before N`, and may drop and rename.
var unsafe = []struct {
	pattern  *regexp.Regexp
	why      string
	contract bool // allowed in a contraction
}{
	{regexp.MustCompile(`(?i)\bdrop\s+column\b`), "code of the version before still reads the column", true},
	{regexp.MustCompile(`(?i)\bdrop\s+(table|type|view|function|schema)\b`), "code of the version before still uses it", true},
	{regexp.MustCompile(`(?i)\brename\s+(column\s+\S+\s+)?to\b`), "code of the version before knows the old name: add, copy, and drop a version later", true},
	{regexp.MustCompile(`(?i)\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b`), "the table is written anew under an exclusive lock", true},
	{regexp.MustCompile(`(?i)\balter\s+column\s+\S+\s+set\s+not\s+null\b`), "code of the version before may leave it out, and the table is read under an exclusive lock", true},
	{regexp.MustCompile(`(?i)\badd\s+column\b[^,;]*\bnot\s+null\b(?:[^,;]*)`), "code of the version before leaves it out: it needs a default", false},
	{regexp.MustCompile(`(?i)\badd\s+column\b[^,;]*\bdefault\s+\(?(random|gen_random_uuid|clock_timestamp|timeofday|nextval)\b`), "a default that differs from row to row writes the table anew under an exclusive lock", false},
	{regexp.MustCompile(`(?im)\b(vacuum|cluster|reindex|lock\s+table)\b|(^|;)\s*truncate\b`), "it stops everybody who uses the table", false},
	{regexp.MustCompile(`(?i)\bset\s+(local\s+)?(statement_timeout|lock_timeout)\s*(=|to)\s*0\b`), "a migration must give up rather than stop everybody", false},
}

var hasDefault = regexp.MustCompile(`(?i)\b(default|generated)\b`)

// TestMigrationsAreSafeForTheVersionBefore reads the migrations that came after the first.
func TestMigrationsAreSafeForTheVersionBefore(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../tenants/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, what := range offences(string(text)) {
			t.Errorf("%s: %s", file, what)
		}
	}
}

func offences(text string) (found []string) {
	contracts := strings.Contains(text, "\n-- breaks code before ") || strings.HasPrefix(text, "-- breaks code before ")
	text = regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(text, "")
	for _, u := range unsafe {
		for _, hit := range u.pattern.FindAllString(text, -1) {
			if u.contract && contracts || strings.Contains(u.why, "needs a default") && hasDefault.MatchString(hit) {
				continue
			}
			found = append(found, strings.Join(strings.Fields(hit), " ")+": "+u.why)
		}
	}
	return found
}

func TestUnsafeMigrationsAreFound(t *testing.T) {
	t.Parallel()
	for text, bad := range map[string]bool{
		"alter table a drop column b":                                        true,
		"-- breaks code before 7\nalter table a drop column b":               false,
		"alter table a rename column b to c":                                 true,
		"alter table a rename to b":                                          true,
		"alter table a add column b text not null":                           true,
		"alter table a add column b text not null default ''":                false,
		"alter table a add column b uuid not null default gen_random_uuid()": true,
		"alter table a add column b text":                                    false,
		"alter table a alter column b set not null":                          true,
		"alter table a alter column b type bigint":                           true,
		"create table a (b text not null)":                                   false,
		"-- drop column b is not done here\nselect 1":                        false,
		"truncate a":                 true,
		"set local lock_timeout = 0": true,
	} {
		if got := offences(text); (len(got) > 0) != bad {
			t.Errorf("%q: %v", text, got)
		}
	}
}
