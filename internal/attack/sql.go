package attack

import (
	"context"
	_ "embed"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// sqlPatience is how long a session may be at it. A server that bounds nothing would let it go on for good.
const sqlPatience = 15 * time.Second

// Each lifts what a session may lift of its own limits.
var (
	//go:embed sqlmemory.sql
	holding string
	//go:embed sqltemp.sql
	sorting string
	//go:embed sqllocks.sql
	locking string
	//go:embed sqlspin.sql
	spinning string
)

// takeMemoryBySQL has sessions of its database hold much.
func takeMemoryBySQL(aim Aim) []Try {
	return bySQL(aim, "take 600 MiB in each session", 6, func(int) (string, []any) { return holding, nil })
}

// spillBySQL has a session sort more than it may put into temporary files.
func spillBySQL(aim Aim) []Try {
	return bySQL(aim, "spill 3 GiB to disk", 1, func(int) (string, []any) { return sorting, nil })
}

// takeLocksBySQL holds so many locks of the table that all sessions of the server share.
func takeLocksBySQL(aim Aim) []Try {
	return bySQL(aim, "hold locks", 2, func(n int) (string, []any) { return locking, []any{n, aim.Most} })
}

// spinBySQL keeps as many of the server's processes busy as it gets, for so many milliseconds.
func spinBySQL(aim Aim) []Try {
	return bySQL(aim, "spin in each session", 20, func(int) (string, []any) { return spinning, []any{aim.Most} })
}

// bySQL has so many sessions run a statement at the same time: through when one came to its end.
func bySQL(aim Aim, what string, sessions int, statement func(int) (string, []any)) []Try {
	ctx, cancel := context.WithTimeout(context.Background(), sqlPatience)
	defer cancel()
	config, err := pgx.ParseConfig(aim.Source)
	if err != nil {
		return []Try{tried(err, "%s", what)}
	}
	if Ask != nil {
		config.DialFunc = Ask
	}
	got := make([]error, sessions)
	var all sync.WaitGroup
	for n := range sessions {
		all.Go(func() {
			text, args := statement(n)
			got[n] = runSQL(ctx, config, text, args)
		})
	}
	all.Wait()
	try := Try{What: what}
	for _, err := range got {
		if try.Through = try.Through || err == nil; err != nil {
			try.Got = err.Error()
		}
	}
	return []Try{try}
}

func runSQL(ctx context.Context, config *pgx.ConnConfig, statement string, args []any) error {
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	_, err = conn.Exec(ctx, statement, append([]any{pgx.QueryExecModeSimpleProtocol}, args...)...) // which runs several
	return err
}
