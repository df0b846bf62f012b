package controlplane

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/controlplane/dbsql"
	"github.com/longhouse-dev/longhouse/internal/keyring"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
	// keptFor is how long an answer is repeated.
	keptFor = 24 * time.Hour
	// abandonedAfter is when a request that has not answered is taken for dead, and its key may be used again.
	abandonedAfter = time.Minute
)

var keyForm = regexp.MustCompile(`^[!-~]{1,255}$`)

// claim is one request's right to act under its key.
type claim struct {
	principal, key string
	at             time.Time // fences off whoever had the key before
	hash           []byte
}

// once serves a request that bears an idempotency key at most once, and repeats the answer to whoever asks again. Only
// success is kept: a refusal changed nothing, so the same key may try again. The answer is kept after the domain's own
// transaction: when this process dies between the two, a repeated request acts again. People, slugs and operations can't
// double even then, as they are unique in the domain; an API token can.
func (s *Server) once(w http.ResponseWriter, r *http.Request, body []byte, serve http.HandlerFunc) error {
	keys := r.Header.Values(keyHeader)
	if len(keys) == 0 {
		serve(w, r)
		return nil
	}
	ctx, key := r.Context(), keys[0]
	if len(keys) > 1 || !keyForm.MatchString(key) {
		const message = "an idempotency key has 1 to 255 printable ASCII characters without spaces, and a request has one of them"
		return problem(ctx, http.StatusUnprocessableEntity, message, Fault{Location: "header." + keyHeader, Message: message})
	}
	c := claim{principal: principal(ctx).Name(), key: key, at: s.now(), hash: s.hashRequest(r, body)}
	claimed, err := dbsql.New(s.config.Pool).ClaimKey(ctx, dbsql.ClaimKeyParams{Principal: c.principal, Key: key, RequestHash: c.hash,
		Now: c.at, Expired: c.at.Add(-keptFor), Abandoned: c.at.Add(-abandonedAfter)})
	if err != nil {
		return fmt.Errorf("claim an idempotency key: %w", err)
	}
	if claimed == 0 {
		return s.repeat(ctx, w, c)
	}
	return s.serveClaimed(w, r, c, serve)
}

func (s *Server) serveClaimed(w http.ResponseWriter, r *http.Request, c claim, serve http.HandlerFunc) error {
	ctx, q := context.WithoutCancel(r.Context()), dbsql.New(s.config.Pool)
	defer func() { // nothing to release once the answer is kept
		_ = q.ReleaseKey(ctx, dbsql.ReleaseKeyParams{Principal: c.principal, Key: c.key, Claimed: c.at})
	}()
	answer := &recording{header: http.Header{}}
	serve(answer, r)
	if answer.status/100 == 2 {
		if err := s.keep(ctx, q, c, answer); err != nil {
			noteFailure(ctx, err) // what was asked for is done; that it can't be repeated must not hide it
		}
	}
	answer.writeTo(w)
	return nil
}

func (s *Server) keep(ctx context.Context, q *dbsql.Queries, c claim, answer *recording) error {
	sealed, err := keyring.Seal(s.config.ControlKey[:], keepable(answer.body.Bytes()), c.place())
	if err != nil {
		return fmt.Errorf("seal an answer: %w", err)
	}
	status := int32(answer.status)
	err = q.KeepAnswer(ctx, dbsql.KeepAnswerParams{Principal: c.principal, Key: c.key, Claimed: c.at, Status: &status, Answer: sealed})
	if err != nil {
		return fmt.Errorf("keep an answer: %w", err)
	}
	return nil
}

// keepable is an answer as it is kept: without the secret of an API token or a webhook, which is shown once.
func keepable(body []byte) []byte {
	made := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &made); err != nil || made["secret"] == nil {
		return body
	}
	made["secret"] = json.RawMessage(`""`)
	blanked, err := json.Marshal(made)
	if err != nil {
		return nil
	}
	return blanked
}

// repeat answers a request whose key somebody has.
func (s *Server) repeat(ctx context.Context, w http.ResponseWriter, c claim) error {
	row, err := dbsql.New(s.config.Pool).GetKey(ctx, dbsql.GetKeyParams{Principal: c.principal, Key: c.key})
	switch {
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("read an idempotency key: %w", err)
	case err == nil && !bytes.Equal(row.RequestHash, c.hash):
		const message = "this idempotency key was used for a different request; use a new key for each new request"
		return problem(ctx, http.StatusUnprocessableEntity, message, Fault{Location: "header." + keyHeader, Message: message})
	case err != nil || row.Status == nil:
		p := problem(ctx, http.StatusConflict, "a request with this idempotency key is still being served; ask again in a second")
		p.header.Set("Retry-After", "1")
		return p
	}
	body, err := keyring.Unseal(s.config.ControlKey[:], row.Answer, c.place())
	if err != nil {
		return fmt.Errorf("open a kept answer: %w", err)
	}
	w.Header().Set(replayedHeader, "true")
	answer := recording{header: http.Header{"Content-Type": {"application/json"}}, status: int(*row.Status)}
	answer.body.Write(body)
	answer.writeTo(w)
	return nil
}

// place binds a sealed answer to its row.
func (c claim) place() []byte { return fmt.Appendf(nil, "idempotency_keys/%s/%s", c.principal, c.key) }

// hashRequest tells requests apart. It is keyed: a body may hold a password, and a bare hash would let whoever reads the
// table try passwords fast.
func (s *Server) hashRequest(r *http.Request, body []byte) []byte {
	sum := hmac.New(sha256.New, s.config.ControlKey[:])
	fmt.Fprintf(sum, "request %d %s%d %s%d ", len(r.Method), r.Method, len(r.URL.RequestURI()), r.URL.RequestURI(), len(body))
	sum.Write(body)
	return sum.Sum(nil)
}

// recording holds an answer back until it is kept.
type recording struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *recording) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *recording) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

// Write implements http.ResponseWriter.
func (a *recording) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

func (a *recording) writeTo(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes()) // nobody is left to tell
}
