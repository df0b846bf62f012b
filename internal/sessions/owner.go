package sessions

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

//go:embed roles.sql
var listRoles string

// learnEvery is how often roles are looked up again that are known.
const learnEvery = time.Minute

// bounded picks the sessions of roles that are bounded, and names them. To look at the server's table of roles takes locks of those that
// all databases share. Somebody may have taken all that there are, and who that is was known before: so what is known is used, also
// where an error says that there is more.
func (g *Guard) bounded(ctx context.Context, list []activity) (of []activity, err error) {
	stale := time.Since(g.learnt) > learnEvery
	for _, a := range list {
		_, known := g.names[a.Owner]
		stale = stale || !known
	}
	if stale {
		err = g.learn(ctx, list)
	}
	for _, a := range list {
		if a.Role = g.names[a.Owner]; a.Role != "" {
			of = append(of, a)
		}
	}
	return of, err
}

func (g *Guard) learn(ctx context.Context, list []activity) error {
	names := map[uint32]string{}
	for _, a := range list {
		names[a.Owner] = "" // not bounded
	}
	rows, _ := g.conn.Query(ctx, listRoles, g.Bounds.Roles)
	var oid uint32
	var name string
	_, err := pgx.ForEachRow(rows, []any{&oid, &name}, func() error {
		names[oid] = name
		return nil
	})
	if err != nil {
		return fmt.Errorf("list the server's roles: %w", err)
	}
	g.names, g.learnt = names, time.Now()
	return nil
}
