package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Tool runs one of PostgreSQL's own programs, such as pg_dump, of the release that made the cluster, against the database
// that url names. The password is passed by the environment, which nobody else can read.
func (c Cluster) Tool(ctx context.Context, name, url string, args ...string) error {
	major, err := c.madeBy()
	if err != nil {
		return err
	}
	cmd, err := Client(ctx, major, name, url, args...)
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, Complaint(string(out)))
	}
	return nil
}

// Client prepares one of PostgreSQL's client programs of a major release for a database. The password is not among its arguments.
func Client(ctx context.Context, major int, name, url string, args ...string) (*exec.Cmd, error) {
	bin, err := findPostgres(ctx, major)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(bin.path(name)); err != nil {
		return nil, fmt.Errorf("%s of PostgreSQL %d is not installed: install Debian's package postgresql-client-%d", name, bin.Major, bin.Major)
	}
	to, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("the URL for %s is not a database's", name)
	}
	cmd := exec.CommandContext(ctx, bin.path(name), args...)
	cmd.Env = append(plainEnv(), "PGHOST="+to.Host, "PGPORT="+strconv.Itoa(int(to.Port)), "PGUSER="+to.User, "PGPASSWORD="+to.Password, "PGDATABASE="+to.Database)
	return cmd, nil
}

// Major is the release that made the cluster, 0 where there is none.
func (c Cluster) Major() (int, error) { return c.madeBy() }

// Newest is the newest release that is installed.
func Newest(ctx context.Context) (int, error) {
	p, err := findPostgres(ctx, 0)
	return p.Major, err
}
