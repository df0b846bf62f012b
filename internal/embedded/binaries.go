package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// oldestPostgres is the oldest major release that Longhouse runs on: the first with CREATE DATABASE ... STRATEGY.
const oldestPostgres = 15

// Postgres is an installed PostgreSQL server.
type Postgres struct {
	BinDir string // holds postgres, initdb and their siblings
	Major  int
}

func (p Postgres) path(program string) string { return filepath.Join(p.BinDir, program) }

// findPostgres returns the release that made a cluster, or with major 0 the newest one installed.
func findPostgres(ctx context.Context, major int) (Postgres, error) {
	return choosePostgres(installedPostgres(ctx), major)
}

func choosePostgres(installed []Postgres, major int) (Postgres, error) {
	slices.SortStableFunc(installed, func(a, b Postgres) int { return b.Major - a.Major })
	for _, p := range installed {
		if p.Major == major || major == 0 && p.Major >= oldestPostgres {
			return p, nil
		}
	}
	if major != 0 {
		return Postgres{}, fmt.Errorf("PostgreSQL %d, which made this cluster, is not installed: "+
			"install Debian's package postgresql-%d", major, major)
	}
	return Postgres{}, fmt.Errorf("PostgreSQL %d or newer is not installed (looked in PATH, asked pg_config, looked in "+
		"/usr/lib/postgresql/*/bin): install Debian's package postgresql", oldestPostgres)
}

func installedPostgres(ctx context.Context) []Postgres {
	var found []Postgres
	for _, dir := range postgresDirs(ctx) {
		p := Postgres{BinDir: dir}
		if _, err := os.Stat(p.path("initdb")); err != nil {
			continue
		}
		if p.Major = majorOf(ctx, p.path("postgres")); p.Major != 0 && !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	return found
}

// postgresDirs follows links, since a link in /usr/local/bin has no siblings beside it.
func postgresDirs(ctx context.Context) []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	packaged, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	return append(dirs, packaged...)
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func majorOf(ctx context.Context, postgres string) int {
	out, err := exec.CommandContext(ctx, postgres, "--version").Output()
	if err != nil {
		return 0
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(match[1]))
	return major
}
