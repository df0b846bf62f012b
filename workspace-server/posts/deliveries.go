package posts

import (
	"context"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// Deliveries say what programs are to be told of posts, and who does it. The zero Deliveries: nothing.
type Deliveries struct {
	Owed func(context.Context, Draft) (Owe, error) // of a draft that is about to be stored; nil: nothing
	Ring func()                                    // something is owed; it doesn't wait
}

// Owe notes what is owed of a post, in the transaction that stores it.
type Owe func(ctx context.Context, q *dbsql.Queries, post id.ID) error

func (o Deliveries) of(ctx context.Context, d Draft) (Owe, error) {
	if o.Owed == nil {
		return nil, nil
	}
	return o.Owed(ctx, d)
}

func (o Deliveries) ring(owe Owe) {
	if owe != nil {
		o.Ring()
	}
}
