package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/jackc/pgx/v5"
)

// Tool runs one of PostgreSQL's own programs, such as pg_dump, of the release that made the cluster, against the database
// that url names. The password is passed by the environment, which nobody else can read.
func (c Cluster) Tool(ctx context.Context, name, url string, args ...string) error {
	major, err := c.madeBy()
	if err != nil {
		return err
	}
	bin, err := findPostgres(ctx, major)
	if err != nil {
		return err
	}
	if _, err := os.Stat(bin.path(name)); err != nil {
		return fmt.Errorf("%s of PostgreSQL %d is not installed: install Debian's package postgresql-client-%d", name, bin.Major, bin.Major)
	}
	to, err := pgx.ParseConfig(url)
	if err != nil {
		return fmt.Errorf("the URL for %s is not a database's", name)
	}
	cmd := exec.CommandContext(ctx, bin.path(name), args...)
	cmd.Env = append(plainEnv(), "PGHOST="+to.Host, "PGUSER="+to.User, "PGPASSWORD="+to.Password, "PGDATABASE="+to.Database)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, complaint(string(out)))
	}
	return nil
}

// Major is the release that made the cluster, 0 where there is none.
func (c Cluster) Major() (int, error) { return c.madeBy() }

// Newest is the newest release that is installed.
func Newest(ctx context.Context) (int, error) {
	p, err := findPostgres(ctx, 0)
	return p.Major, err
}
