package controlplane

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

func TestTheCommittedDocumentIsTheRunningRouters(t *testing.T) {
	t.Parallel()
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	b := setup(t)
	a, err := b.try(get, prefix+"/openapi.json", "", nil)
	b.must(err)
	var one, other any
	b.must(json.Unmarshal(committed, &one))
	a.into(t, &other)
	if !reflect.DeepEqual(one, other) {
		t.Error("controlplane/openapi.json is out of date; run make generate")
	}
	fresh, err := Document()
	b.must(err)
	if !bytes.Equal(fresh, committed) {
		t.Error("controlplane/openapi.json is written in another way; run make generate")
	}
}

func TestTheDocumentsListsAreTheDomains(t *testing.T) {
	t.Parallel()
	schemas := newServer(Config{}).api.OpenAPI().Components.Schemas.Map()
	for _, c := range []struct {
		schema, property string
		want             []string
	}{
		{"Workspace", "state", stringsOf(tenants.States)},
		{"Operation", "state", stringsOf(tenants.ProgressStates)},
		{"Operation", "kind", stringsOf(tenants.Kinds)},
		{"Tenant", "plan", stringsOf(tenants.Plans)},
		{"Tenant", "role", stringsOf(tenants.Roles)},
		{"Member", "role", stringsOf(tenants.Roles)},
		{"MemberBody", "role", stringsOf(tenants.Roles)},
	} {
		var got []string
		for _, v := range schemas[c.schema].Properties[c.property].Enum {
			got = append(got, v.(string))
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s.%s is one of %v in the document and of %v in the domain", c.schema, c.property, got, c.want)
		}
	}
}

func stringsOf[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

func TestListsComeInPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	path := "/tenants/" + done.Tenant.ID + "/audit-events"
	var all List[AuditEvent]
	b.want(http.StatusOK, get, path, done.Token, nil).into(t, &all)
	if all.NextCursor != "" || len(all.Items) < 3 {
		t.Fatalf("%+v", all)
	}
	var walked []AuditEvent
	for cursor := ""; ; {
		var page List[AuditEvent]
		b.want(http.StatusOK, get, path+"?limit=2&cursor="+cursor, done.Token, nil).into(t, &page)
		walked = append(walked, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
		if len(page.Items) != 2 {
			t.Fatalf("%+v", page)
		}
	}
	if !reflect.DeepEqual(walked, all.Items) {
		t.Errorf("walked %+v\nall %+v", walked, all.Items)
	}
}

func TestAFailureOfOursIsOneLogLineAndANeutralSentence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	_, err := b.pool.Exec(t.Context(), "alter table audit_events rename to lost")
	b.must(err)
	a := b.want(http.StatusInternalServerError, get, "/tenants/"+done.Tenant.ID+"/audit-events", done.Token, nil, "X-Request-Id", "find-me")
	if strings.Contains(string(a.body), "audit_events") || a.header.Get("Content-Type") != problemType {
		t.Errorf("%s", a.body)
	}
	lines := 0
	for line := range strings.Lines(b.log.String()) {
		if strings.Contains(line, "find-me") {
			lines++
			for _, part := range []string{`"level":"ERROR"`, "audit_events", done.Tenant.ID, done.Person} {
				if !strings.Contains(line, part) {
					t.Errorf("the line lacks %s: %s", part, line)
				}
			}
		}
	}
	if lines != 1 {
		t.Errorf("%d lines", lines)
	}
}

func TestOpeningAWorkspaceIsRecordedEvenWhenItFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	opened := func() (n int) {
		var events List[AuditEvent]
		b.want(http.StatusOK, get, "/tenants/"+done.Tenant.ID+"/audit-events", done.Token, nil).into(t, &events)
		for _, e := range events.Items {
			if e.Action != "workspace.open" {
				continue
			}
			if n++; e.Actor != done.Person || e.Subject != done.Workspace.ID || e.RequestID == "" {
				t.Errorf("%+v", e)
			}
		}
		return n
	}
	path := "/workspaces/" + done.Workspace.ID + "/open"
	b.want(http.StatusConflict, post, path, done.Token, nil)
	if n := opened(); n != 0 {
		t.Errorf("%d events for a workspace that does not run", n)
	}
	b.finish(done.Operation.ID)
	b.want(http.StatusOK, post, path, done.Token, nil)
	b.server.config.Opener = nil
	b.want(http.StatusInternalServerError, post, path, done.Token, nil)
	if n := opened(); n != 2 {
		t.Errorf("%d events, want one for each try", n)
	}
}

func TestAPanicIsAnAnswerToo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.finish(done.Operation.ID)
	b.server.config.Opener = nil
	a := b.want(http.StatusInternalServerError, post, "/workspaces/"+done.Workspace.ID+"/open", done.Token, nil, "Idempotency-Key", "k1")
	if a.header.Get("Content-Type") != problemType || !strings.Contains(b.log.String(), "panic") {
		t.Errorf("%s", a.body)
	}
	b.server.config.Opener = opener{}
	b.want(http.StatusOK, post, "/workspaces/"+done.Workspace.ID+"/open", done.Token, nil, "Idempotency-Key", "k1")
}

func TestARequestIDThatIsNoneIsReplaced(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, given := range []string{"", "a b", strings.Repeat("x", 65), "<script>"} {
		a := b.call(get, "/regions", "", nil, "X-Request-Id", given)
		if got := a.header.Get("X-Request-Id"); !strings.HasPrefix(got, "req_") {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestAnswersAreNeitherKeptNorFramed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, path := range []string{"/", "/confirm", prefix + "/regions", "/nothing"} {
		a, err := b.try(get, path, "", nil)
		b.must(err)
		for name, value := range map[string]string{"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"} {
			if a.header.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, a.header.Get(name))
			}
		}
		if policy := a.header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
}

func TestServeEndsItsStreamsAndReturns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	server, err := New(b.server.config)
	b.must(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	b.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	b.url = "http://" + l.Addr().String()
	_, next := b.connect("", edgeToken)
	next()
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

func TestAnIncompleteConfigurationIsNamed(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{}); err == nil || !strings.Contains(err.Error(), "Store") {
		t.Errorf("%v", err)
	}
}
