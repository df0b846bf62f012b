package controlplane

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-chi/chi/v5"
)

// line returns the log line of a request, and the same as its parts.
func (b *bundle) line(request string) (text string, parts map[string]any) {
	b.t.Helper()
	text = b.log.about(`"request":"` + request + `"`)
	if err := json.Unmarshal([]byte(text), &parts); err != nil {
		b.t.Fatalf("the line of %s is %q: %v", request, text, err)
	}
	return text, parts
}

func TestTheLineOfAStreamSaysEachThingOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.heartbeat = 1 // each of which looks at the caller again
	up := b.signUp("engines")
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.url+prefix+"/operations/"+up.Operation.ID+"/events", nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+up.Token)
	req.Header.Set(requestIDHeader, "the-stream")
	res, err := http.DefaultClient.Do(req)
	b.must(err)
	defer res.Body.Close()
	beats := 0
	for lines := bufio.NewScanner(res.Body); beats < 5 && lines.Scan(); {
		if strings.HasPrefix(lines.Text(), ": still here") {
			beats++
		}
	}
	leave()
	text, parts := b.line("the-stream")
	if n := strings.Count(text, `"operation":`); beats != 5 || n != 1 || parts["operation"] != up.Operation.ID {
		t.Errorf("after %d beats the operation is named %d times: %s", beats, n, text)
	}
}

func TestALineSaysWhoseTheWorkspaceOrTheOperationIs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	for path, about := range map[string]string{"/workspaces/" + up.Workspace.ID: "workspace", "/operations/" + up.Operation.ID: "operation"} {
		b.want(http.StatusOK, get, path, up.Token, nil, requestIDHeader, "of-"+about)
		text, parts := b.line("of-" + about)
		if parts["tenant"] != up.Tenant.ID || parts["workspace"] != up.Workspace.ID {
			t.Errorf("%s: %s", path, text)
		}
		if took, ok := parts["seconds"].(float64); !ok || took <= 0 || took > 30 {
			t.Errorf("%s took %v seconds: %s", path, parts["seconds"], text)
		}
	}
}

// TestWhatWasAnsweredAsOurFaultSaysWhy also where it looks as if the caller had left, who still waits.
func TestWhatWasAnsweredAsOurFaultSaysWhy(t *testing.T) {
	t.Parallel()
	b := setup(t)
	failing := b.server.logged(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ended, end := context.WithCancel(r.Context())
		end()
		writeProblem(w, problemOf(ended, ended.Err()))
	}))
	r := httptest.NewRequestWithContext(context.WithValue(t.Context(), chi.RouteCtxKey, chi.NewRouteContext()), get, prefix+"/me", nil)
	r.Header.Set(requestIDHeader, "the-lost")
	w := httptest.NewRecorder()
	failing.ServeHTTP(w, r)
	text, parts := b.line("the-lost")
	if said, _ := parts["error"].(string); w.Code != http.StatusInternalServerError || !strings.Contains(said, context.Canceled.Error()) || parts["level"] != "ERROR" {
		t.Errorf("%d, %s", w.Code, text)
	}
}
