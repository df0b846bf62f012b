package controlplane

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/tenants"
)

// row is one operation of the API.
type row struct {
	method, path, id, summary string
	rule                      Rule
	status                    int // of success
	register                  registrar
}

type registrar func(api huma.API, op huma.Operation)

// call fits an operation's function into a row. It is the one place where errors become problems.
func call[I, O any](serve func(context.Context, *I) (*O, error)) registrar {
	return func(api huma.API, op huma.Operation) {
		huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
			out, err := serve(ctx, in)
			if errors.Is(err, tenants.ErrRehearsed) {
				return new(O), nil // the plan is answered in its place
			}
			if err != nil {
				return nil, problemOf(ctx, err)
			}
			return out, nil
		})
	}
}

func (s *Server) route() {
	s.router.Use(s.logged, plainHeaders, strictAddress)
	s.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problem(r.Context(), http.StatusNotFound, "there is nothing at this address; the API is described at "+prefix+"/openapi.json"))
	})
	s.router.MethodNotAllowed(s.wrongMethod)
	for path, serve := range s.plainTable() {
		s.router.Get(path, serve)
		if path != feed.Path { // which has no end
			s.router.Head(path, serve)
		}
	}
	s.router.Post(feed.ConfirmationsPath, s.edgeConfirms) // by the edges' token
	s.router.Post(feed.WakesPath, s.edgeWakes)            // by the edges' token
	s.router.Post(feed.UsesPath, s.edgeUses)              // by the edges' token
	s.router.Post(feed.ActivityPath, s.forEdges(s.edgeActivity))
	for _, r := range append(s.tlsTable(), s.logTable()...) {
		s.router.Method(r.method, r.path, s.forEdges(r.serve))
	}
	s.api = humachi.New(s.router, apiConfig())
	for _, r := range s.operationTable() {
		s.add(r)
	}
}

// add registers an operation. One without a rule is a programmer's mistake.
func (s *Server) add(r row) {
	if r.rule.admit == nil || r.rule.name == "" {
		panic("controlplane: " + r.method + " " + r.path + " has no rule that says who may call it")
	}
	op := huma.Operation{Method: r.method, Path: prefix + r.path, OperationID: r.id, Summary: r.summary, DefaultStatus: r.status,
		Middlewares: huma.Middlewares{s.guard(r.rule)}, Extensions: map[string]any{"x-rule": r.rule.name}, Metadata: map[string]any{},
		RejectUnknownQueryParameters: true, Security: []map[string][]string{{"bearer": {}}},
		// takeBody has read the body and looked at the clock. A time limit of huma's would end the connection's context in mid-answer, and
		// with it every later request over this connection.
		BodyReadTimeout: -1}
	if r.rule.name == rulePublic {
		op.Security = []map[string][]string{}
	}
	if r.method != get {
		op.Parameters = append(op.Parameters, idempotencyParam(), dryRunParam())
	}
	r.register(s.api, op)
	if r.method != get {
		s.documentPlan(s.api.OpenAPI().Paths[op.Path], op)
	}
	s.nameProperties(s.api.OpenAPI().Paths[op.Path], op)
}

// nameProperties notes which properties a body may have, for those who send another.
func (s *Server) nameProperties(item *huma.PathItem, op huma.Operation) {
	at := map[string]*huma.Operation{post: item.Post, put: item.Put}[op.Method]
	if at == nil || at.RequestBody == nil {
		return
	}
	schema := at.RequestBody.Content["application/json"].Schema
	if schema.Ref != "" {
		schema = s.api.OpenAPI().Components.Schemas.SchemaFromRef(schema.Ref)
	}
	var names []string
	for name := range schema.Properties {
		names = append(names, name)
	}
	slices.Sort(names)
	op.Metadata[bodyProperties] = strings.Join(names, ", ")
}

func (s *Server) wrongMethod(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{get, http.MethodHead, post, put, remove} {
		if s.router.Match(chi.NewRouteContext(), method, r.URL.Path) {
			allowed = append(allowed, method)
		}
	}
	p := problem(r.Context(), http.StatusMethodNotAllowed, "this address does not know the method; allowed are "+strings.Join(allowed, ", "))
	p.header.Set("Allow", strings.Join(allowed, ", "))
	writeProblem(w, p)
}

// plainHeaders are for every answer: nothing may be kept by caches, guessed by browsers, or framed.
func plainHeaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", pagePolicy)
		next.ServeHTTP(w, r)
	})
}
