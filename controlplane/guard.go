package controlplane

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants"
)

// patience is how long one request may take. It is shorter than abandonedAfter, so that a request whose idempotency key
// is taken over no longer runs.
const patience = 30 * time.Second

// guard stands before every operation: who asks, may they, is the body fit to be read, was it asked before.
func (s *Server) guard(rule Rule) func(huma.Context, func(huma.Context)) {
	return func(hc huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(hc)
		ctx := r.Context()
		if hc.Operation().Metadata[streams] == nil {
			limited, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			ctx = limited
		}
		again := func(ctx context.Context) error {
			_, err := s.admit(ctx, r, rule, hc.Param)
			return err
		}
		ctx, err := s.admit(context.WithValue(ctx, recheckKey{}, again), r, rule, hc.Param)
		if err != nil {
			writeProblem(w, problemOf(ctx, err))
			return
		}
		r = r.WithContext(ctx)
		serve := func(w http.ResponseWriter, r *http.Request) { next(humachi.NewContext(hc.Operation(), r, w)) }
		if r.Method == http.MethodGet {
			serve(w, r)
			return
		}
		s.write(w, r, hc.Operation(), serve)
	}
}

// write serves what changes something. It goes on when the caller hangs up: a half-told story helps nobody.
func (s *Server) write(w http.ResponseWriter, r *http.Request, op *huma.Operation, serve http.HandlerFunc) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	r = r.WithContext(ctx)
	r, rehearse, err := takeDryRun(r)
	if err != nil {
		writeProblem(w, problemOf(ctx, err))
		return
	}
	body, err := s.takeBody(w, r, op)
	if rehearse {
		noteDryRun(ctx)
	}
	switch {
	case err == nil && rehearse:
		err = s.rehearse(w, r, op, serve)
	case err == nil:
		err = s.once(w, r, body, serve)
	}
	if err != nil {
		writeProblem(w, problemOf(ctx, err))
	}
}

// admit returns the context of a request that the rule lets pass.
func (s *Server) admit(ctx context.Context, r *http.Request, rule Rule, param func(string) string) (context.Context, error) {
	var p tenants.Principal
	if rule.name != rulePublic {
		secret, err := bearer(r)
		if err != nil {
			return ctx, err
		}
		if p, err = s.store.Identify(ctx, secret); err != nil {
			return ctx, err
		}
		entryOf(ctx).principal = p.Name()
	}
	return context.WithValue(ctx, principalKey{}, p), rule.admit(ctx, s.store, p, param)
}

type principalKey struct{}

// principal returns who the request acts for.
func principal(ctx context.Context) tenants.Principal {
	p, _ := ctx.Value(principalKey{}).(tenants.Principal)
	return p
}

func bearer(r *http.Request) (string, error) {
	if len(r.Header.Values("Authorization")) > 1 { // whoever stands between may have looked at another one
		return "", &tenants.Refusal{Reason: tenants.Unauthenticated, Message: "the header Authorization is there twice; send it once"}
	}
	scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if secret = strings.TrimSpace(secret); !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return "", &tenants.Refusal{Reason: tenants.Unauthenticated, Message: "sign in, or send an API token as `Authorization: Bearer ...`"}
	}
	return secret, nil
}

// pathID reads an identifier from the path and tells the log.
func pathID(ctx context.Context, prefix, name, shown string) (uuid.UUID, error) {
	u, err := parsePath(ctx, prefix, name, shown)
	if err == nil {
		noteID(ctx, name, shown)
	}
	return u, err
}
