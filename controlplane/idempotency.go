package controlplane

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"

	"github.com/longhouse-dev/longhouse/controlplane/dbsql"
	"github.com/longhouse-dev/longhouse/internal/keyring"
)

const (
	keyHeader      = "Idempotency-Key"
	replayedHeader = "Idempotent-Replayed"
)

var keyForm = regexp.MustCompile(`^[!-~]{1,255}$`)

// once serves a request that bears an idempotency key at most once, and repeats the answer to whoever asks again. Only
// success is kept: a refusal changed nothing, so the same key may try again. The answer is kept after the domain's own
// transaction, which marks the key: when this process dies between the two, a repeated request is told that it was done.
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
	claimed, err := s.claim(ctx, c)
	if err != nil {
		return err
	}
	if claimed {
		return s.serveClaimed(w, r, c, serve)
	}
	return s.again(w, r, c, serve)
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

// again answers a request whose key somebody has.
func (s *Server) again(w http.ResponseWriter, r *http.Request, c claim, serve http.HandlerFunc) error {
	ctx := r.Context()
	row, held, err := s.holderOf(ctx, c)
	switch {
	case err != nil:
		return err
	case held && !bytes.Equal(row.RequestHash, c.hash):
		const message = "this idempotency key was used for a different request; use a new key for each new request"
		return problem(ctx, http.StatusUnprocessableEntity, message, Fault{Location: "header." + keyHeader, Message: message})
	case held && row.Status != nil:
		return s.repeat(w, c, *row.Status, row.Answer)
	}
	taken, err := s.inherit(ctx, c, row)
	if err != nil {
		return err
	}
	if taken {
		return s.serveClaimed(w, r, c, serve)
	}
	return s.busy(ctx, row)
}

// repeat gives a kept answer.
func (s *Server) repeat(w http.ResponseWriter, c claim, status int32, kept []byte) error {
	body, err := keyring.Unseal(s.config.ControlKey[:], kept, c.place())
	if err != nil {
		return fmt.Errorf("open a kept answer: %w", err)
	}
	w.Header().Set(replayedHeader, "true")
	answer := recording{header: http.Header{"Content-Type": {"application/json"}}, status: int(status)}
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
