package controlplane

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/controlplane/dbsql"
	"github.com/longhouse-dev/longhouse/internal/proc"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	// keptFor is how long an answer is repeated.
	keptFor = 24 * time.Hour
	// abandonedAfter is when a request that has not answered is taken for dead, and its key may be used again. Where the process
	// that serves it can be seen to have ended, nobody waits for that.
	abandonedAfter = time.Minute
)

// claim is one request's right to act under its key.
type claim struct {
	principal, key string
	at             time.Time // fences off whoever had the key before
	hash           []byte
}

// claim takes a key that is free.
func (s *Server) claim(ctx context.Context, c claim) (claimed bool, err error) {
	certain, err := s.store.Certain(ctx)
	if err != nil {
		return false, err
	}
	n, err := dbsql.New(s.config.Pool).ClaimKey(ctx, dbsql.ClaimKeyParams{Principal: c.principal, Key: c.key, RequestHash: c.hash, Holder: s.holder,
		Now: c.at, Expired: certain.Add(-keptFor), Abandoned: c.at.Add(-abandonedAfter)})
	if err != nil {
		return false, fmt.Errorf("claim an idempotency key: %w", err)
	}
	return n > 0, nil
}

// inherit takes a key from a process that has ended before what it was asked for was committed.
func (s *Server) inherit(ctx context.Context, c claim, from dbsql.GetKeyRow) (taken bool, err error) {
	if from.DoneAt != nil || !proc.Dead(from.Holder) {
		return false, nil
	}
	n, err := dbsql.New(s.config.Pool).TakeKey(ctx, dbsql.TakeKeyParams{Principal: c.principal, Key: c.key, Holder: s.holder, Now: c.at, Was: from.CreatedAt})
	if err != nil {
		return false, fmt.Errorf("take over an idempotency key: %w", err)
	}
	return n > 0, nil
}

// receipt marks in a write's own transaction that it was done. Whoever lost the key meanwhile does nothing.
func (s *Server) receipt(c claim) tenants.Receipt {
	return func(ctx context.Context, tx pgx.Tx) error {
		n, err := dbsql.New(tx).MarkDone(ctx, dbsql.MarkDoneParams{Principal: c.principal, Key: c.key, Claimed: c.at, Now: s.now()})
		switch {
		case err != nil:
			return fmt.Errorf("mark a request as done: %w", err)
		case n == 0:
			return problem(ctx, http.StatusConflict, "this took so long that a repeated request with the same idempotency key took over; nothing was done here")
		}
		return nil
	}
}

// serveClaimed serves a request whose key nobody else has.
func (s *Server) serveClaimed(w http.ResponseWriter, r *http.Request, c claim, serve http.HandlerFunc) error {
	ctx, q := context.WithoutCancel(r.Context()), dbsql.New(s.config.Pool)
	answer := &recording{header: http.Header{}}
	defer func() { // nothing to release once the answer is kept
		unclear := answer.status == 0 || answer.status >= http.StatusInternalServerError
		_ = q.ReleaseKey(ctx, dbsql.ReleaseKeyParams{Principal: c.principal, Key: c.key, Claimed: c.at, Unclear: unclear})
	}()
	serve(answer, r.WithContext(tenants.WithReceipt(r.Context(), s.receipt(c))))
	if answer.status/100 == 2 {
		if err := s.keep(ctx, q, c, answer); err != nil {
			noteFailure(ctx, err) // what was asked for is done; that it can't be repeated must not hide it
		}
	}
	answer.writeTo(w)
	return nil
}

// busy says whether somebody serves the request that has a key, or it was done and the answer is lost.
func (s *Server) busy(ctx context.Context, row dbsql.GetKeyRow) error {
	if row.DoneAt != nil && (proc.Dead(row.Holder) || !row.CreatedAt.After(s.now().Add(-abandonedAfter))) {
		p := problem(ctx, http.StatusConflict, "this was done already, but the answer was lost when the server broke off; look at what there is, and use a new idempotency key if you ask again")
		p.Title = answerLost
		return p
	}
	p := problem(ctx, http.StatusConflict, "a request with this idempotency key is still being served; ask again in a second")
	p.header.Set("Retry-After", "1")
	return p
}

// answerLost is the title of a problem that is no refusal.
const answerLost = "Answer Lost"

// holderOf reads who has a key.
func (s *Server) holderOf(ctx context.Context, c claim) (row dbsql.GetKeyRow, held bool, err error) {
	row, err = dbsql.New(s.config.Pool).GetKey(ctx, dbsql.GetKeyParams{Principal: c.principal, Key: c.key})
	if errors.Is(err, pgx.ErrNoRows) {
		return row, false, nil
	}
	if err != nil {
		return row, false, fmt.Errorf("read an idempotency key: %w", err)
	}
	return row, true, nil
}
