package controlplane

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"
)

// documented returns what an answer has that the document does not know. Every answer that a test of this package gets is
// looked at.
func (s *Server) documented(method, path string, a answer) error {
	at, err := url.Parse(path)
	if err != nil {
		return nil // nothing that a router has seen
	}
	found := chi.NewRouteContext()
	s.router.Match(found, method, at.Path)
	item := s.api.OpenAPI().Paths[found.RoutePattern()]
	if item == nil {
		return nil // a page, or nothing at all
	}
	op := map[string]*huma.Operation{get: item.Get, post: item.Post, put: item.Put, remove: item.Delete}[method]
	if op == nil {
		return nil
	}
	if err := s.documentedAnswer(op, a); err != nil {
		return fmt.Errorf("%s: %w", op.OperationID, err)
	}
	return nil
}

func (s *Server) documentedAnswer(op *huma.Operation, a answer) error {
	said := op.Responses[strconv.Itoa(a.status)]
	if said == nil && a.status >= http.StatusBadRequest {
		said = op.Responses["default"]
	}
	if said == nil {
		return fmt.Errorf("the document knows no answer %d", a.status)
	}
	if len(said.Content) == 0 {
		if len(a.body) > 0 {
			return fmt.Errorf("the document knows no body of an answer %d: %s", a.status, a.body)
		}
		return nil
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	if err != nil || said.Content[kind] == nil {
		return fmt.Errorf("the document knows no %q of an answer %d", kind, a.status)
	}
	var value any = string(a.body)
	if kind == "application/json" || strings.HasSuffix(kind, "+json") {
		if err := json.Unmarshal(a.body, &value); err != nil {
			return fmt.Errorf("read %q: %w", a.body, err)
		}
	}
	var faults huma.ValidateResult
	huma.Validate(s.api.OpenAPI().Components.Schemas, said.Content[kind].Schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, &faults)
	return errors.Join(faults.Errors...)
}

func TestAnAnswerThatIsNotAsTheDocumentSaysIsNoticed(t *testing.T) {
	t.Parallel()
	s := newServer(Config{})
	kind := func(kind string) http.Header { return http.Header{"Content-Type": {kind}} }
	const me = prefix + "/me"
	good := answer{http.StatusOK, kind("application/json"), []byte(`{"kind":"operator","id":"opr_1"}`)}
	gone := answer{http.StatusNoContent, http.Header{}, nil}
	refused := answer{http.StatusConflict, kind(problemType), []byte(`{"title":"Conflict","status":409,"detail":"no","request_id":"req_1"}`)}
	for _, fine := range []struct {
		method, path string
		a            answer
	}{{get, me, good}, {get, me, refused}, {post, prefix + "/logout", gone}, {get, "/", answer{}}, {get, prefix + "/nothing", answer{}}} {
		if err := s.documented(fine.method, fine.path, fine.a); err != nil {
			t.Errorf("%s %s: %v", fine.method, fine.path, err)
		}
	}
	for want, a := range map[string]answer{
		"no answer 201":                 {http.StatusCreated, good.header, good.body},
		`no "text/plain"`:               {good.status, kind("text/plain"), good.body},
		"expected required property":    {good.status, good.header, []byte(`{"kind":"operator"}`)},
		"unexpected property":           {good.status, good.header, []byte(`{"kind":"operator","id":"opr_1","more":1}`)},
		"expected value to be one of":   {good.status, good.header, []byte(`{"kind":"king","id":"opr_1"}`)},
		"expected string":               {good.status, good.header, []byte(`{"kind":"operator","id":1}`)},
		"read ":                         {good.status, good.header, []byte(`{`)},
		`no "application/json" of an a`: {refused.status, good.header, refused.body},
	} {
		if err := s.documented(get, me+"?x=1", a); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := s.documented(post, prefix+"/logout", answer{gone.status, gone.header, []byte("x")}); err == nil {
		t.Error("a body is not noticed")
	}
}
