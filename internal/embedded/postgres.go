package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Superuser is the role that owns a cluster; its password is in Cluster.PasswordFile.
const Superuser = "postgres"

// socketName is what PostgreSQL calls its socket; the port is a name here, since nothing listens on TCP.
const socketName = ".s.PGSQL.5432"

// longestSocketPath is what fits in sockaddr_un with its final zero.
const longestSocketPath = 107

// Cluster is a PostgreSQL cluster of this machine, reached by a unix socket only, with scram-sha-256 for everybody.
type Cluster struct {
	Name         string // shown in the process list
	Dir          string // data directory, made by Prepare; its parents must let the system user postgres through
	SocketDir    string // made by Prepare
	PasswordFile string // the superuser's password, 0600, of the caller; made by Prepare

	// SocketGID, if not 0, is the only group (beside root) that may enter SocketDir. Needs root.
	SocketGID uint32

	MaxConnections    int
	SharedBuffersMiB  int
	AutovacuumNaptime time.Duration // the pause per database; long where there are many databases
	Bounds            Bounds

	// Volatile gives up surviving a crash for speed: for tests.
	Volatile bool
}

// Command is a process for a supervisor to start in the foreground. It holds no secret.
type Command struct {
	Path     string
	Args     []string // without the program's own name
	Env      []string // all of it
	Dir      string
	UID, GID uint32 // equal to the caller's own unless the caller is root
	OOMScore int    // of the server; what it forks for its sessions has that of others again
	Stop     syscall.Signal
}

func (c Cluster) validate() error {
	switch socket := filepath.Join(c.SocketDir, socketName); {
	case !filepath.IsAbs(c.Dir):
		return fmt.Errorf("data directory %q of PostgreSQL must be an absolute path", c.Dir)
	case !filepath.IsAbs(c.SocketDir):
		return fmt.Errorf("socket directory %q of PostgreSQL must be an absolute path", c.SocketDir)
	case len(socket) > longestSocketPath:
		return fmt.Errorf("socket path %s has %d bytes, at most %d are allowed: choose a shorter data directory",
			socket, len(socket), longestSocketPath)
	case c.MaxConnections < 1:
		return fmt.Errorf("max connections %d of PostgreSQL must be at least 1", c.MaxConnections)
	case c.SharedBuffersMiB < 1:
		return fmt.Errorf("shared buffers of %d MiB for PostgreSQL must be at least 1", c.SharedBuffersMiB)
	case c.AutovacuumNaptime < time.Second:
		return fmt.Errorf("autovacuum nap time %s of PostgreSQL must be at least 1s", c.AutovacuumNaptime)
	}
	return nil
}

// Prepare makes the cluster if it does not exist yet, brings its settings up to date, and says how to run it. It may
// be repeated at any time, after a crash in the middle of itself and beside a running server too (new settings then
// count from the next start).
func (c Cluster) Prepare(ctx context.Context) (Command, error) {
	if err := c.validate(); err != nil {
		return Command{}, err
	}
	major, err := c.madeBy()
	if err != nil {
		return Command{}, err
	}
	bin, err := findPostgres(ctx, major)
	if err != nil {
		return Command{}, err
	}
	as, err := postgresAccount()
	if err != nil {
		return Command{}, err
	}
	if major == 0 {
		if err := c.create(ctx, bin, as); err != nil {
			return Command{}, fmt.Errorf("create PostgreSQL cluster in %s: %w", c.Dir, err)
		}
	}
	if err := c.configure(ctx, as); err != nil {
		return Command{}, fmt.Errorf("configure PostgreSQL cluster in %s: %w", c.Dir, err)
	}
	path, args := c.Bounds.command(bin.path("postgres"), "-D", c.Dir)
	return Command{
		Path: path, Args: args, Env: append(plainEnv(), ordinaryOOMScore...), Dir: c.Dir,
		UID: as.uid, GID: as.gid, OOMScore: serverOOMScore, Stop: syscall.SIGINT,
	}, nil
}

// madeBy returns the major release that made the cluster, 0 if there is none yet.
func (c Cluster) madeBy() (int, error) {
	version, err := os.ReadFile(filepath.Join(c.Dir, "PG_VERSION"))
	if err == nil {
		major, err := strconv.Atoi(strings.TrimSpace(string(version)))
		if err != nil {
			return 0, fmt.Errorf("%s/PG_VERSION is not a release number: %q", c.Dir, version)
		}
		if _, err := os.Stat(c.PasswordFile); err != nil {
			return 0, fmt.Errorf("the PostgreSQL cluster in %s exists, but its password file does not: %w", c.Dir, err)
		}
		return major, nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	if entries, _ := os.ReadDir(c.Dir); len(entries) > 0 {
		return 0, fmt.Errorf("%s is neither empty nor a PostgreSQL cluster: it is left alone, choose another directory", c.Dir)
	}
	return 0, nil
}

// Ready waits until the server takes connections. It returns at once when the password is refused.
func (c Cluster) Ready(ctx context.Context) error {
	dsn, err := c.SuperuserDSN("postgres")
	if err != nil {
		return err
	}
	for {
		attempt, cancel := context.WithTimeout(ctx, 5*time.Second)
		conn, err := pgx.Connect(attempt, dsn)
		cancel()
		if err == nil {
			return conn.Close(ctx)
		}
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "28P01" {
			return fmt.Errorf("PostgreSQL in %s refuses the password in %s", c.Dir, c.PasswordFile)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL in %s takes no connections: %w", c.Dir, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Alive returns nil when the server answers, if only to say why it takes no connection yet.
func (c Cluster) Alive(ctx context.Context) error {
	dsn, err := c.SuperuserDSN("postgres")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("PostgreSQL in %s does not answer: %w", c.Dir, err)
	}
	_ = conn.Close(ctx)
	return nil
}

// DSN is the URL of a database over the cluster's socket, as pgx, libpq and lib/pq read it.
func (c Cluster) DSN(database, role, password string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword(role, password), Path: "/" + database}
	query := url.Values{"host": {c.SocketDir}, "sslmode": {"disable"}}.Encode()
	u.RawQuery = strings.ReplaceAll(query, "+", "%20") // only web forms write a space as a plus sign
	return u.String()
}

// SuperuserDSN is the DSN of the superuser, whose password is read from PasswordFile.
func (c Cluster) SuperuserDSN(database string) (string, error) {
	password, err := os.ReadFile(c.PasswordFile)
	if err != nil {
		return "", fmt.Errorf("password of PostgreSQL in %s: %w", c.Dir, err)
	}
	return c.DSN(database, Superuser, strings.TrimSpace(string(password))), nil
}
