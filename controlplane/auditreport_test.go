package controlplane

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/audit"
)

// checkpoint seals and signs what is there.
func (b *bundle) checkpoint() {
	b.t.Helper()
	_, err := b.store.Checkpoint(b.t.Context(), auditKey, 0)
	b.must(err)
}

func TestAReportSaysWhatWasFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.checkpoint()
	b.signUp("looms") // waits
	mine, all := "/tenants/"+done.Tenant.ID+"/audit-report", "/audit-report"
	var r AuditReport
	a := b.want(http.StatusOK, get, mine, done.Token, nil)
	if a.into(t, &r); r.Chains != 1 || r.Events == 0 || r.Checkpoints != 1 || r.LastAt == nil || r.Waiting != 0 || len(r.Faults)+len(r.Unjudged)+len(r.Restores) != 0 ||
		!strings.HasPrefix(a.header.Get("Content-Type"), "application/json") || !strings.Contains(string(a.body), `"faults":[]`) {
		t.Errorf("%s: %s", a.header.Get("Content-Type"), a.body)
	}
	if b.want(http.StatusOK, get, all, b.operator(), nil).into(t, &r); r.Chains != 2 || r.Waiting == 0 || len(r.Faults) != 0 {
		t.Errorf("%+v", r)
	}
	b.archive.set(errors.New("dial tcp 10.0.0.7:9000: connection refused"), nil)
	a = b.want(http.StatusOK, get, mine, done.Token, nil)
	if a.into(t, &r); len(r.Faults) != 0 || len(r.Unjudged) != 1 || strings.Contains(string(a.body), "10.0.0.7") {
		t.Errorf("%s", a.body)
	}
	if line := b.log.about(a.header.Get("X-Request-Id")); !strings.Contains(line, "10.0.0.7") {
		t.Errorf("the log says %s", line)
	}
	b.must(b.store.Restored(t.Context(), b.clock.now(), auditKey))
	if b.want(http.StatusOK, get, all, b.operator(), nil).into(t, &r); len(r.Restores) != 1 || r.Restores[0].Checkpoint != 1 || r.Restores[0].Lost == nil {
		t.Errorf("%+v", r)
	}
}

// TestATrailIsLookedAtByOneAtATime: a tenant that asks again and again holds nobody up but itself.
func TestATrailIsLookedAtByOneAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.heartbeat = 10 * time.Millisecond
	one, two := b.signUp("engines"), b.signUp("looms")
	b.checkpoint()
	wait := make(chan struct{})
	b.archive.set(nil, wait)
	path := func(d SignedUp, what string) string { return "/tenants/" + d.Tenant.ID + "/audit-" + what }
	req, err := http.NewRequestWithContext(t.Context(), get, b.url+prefix+path(one, "report"), nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+one.Token)
	slow, err := http.DefaultClient.Do(req)
	b.must(err)
	defer func() { _ = slow.Body.Close() }()
	still := make([]byte, 3) // it is under way
	if _, err := io.ReadFull(slow.Body, still); err != nil || string(still) != "\n\n\n" {
		t.Fatalf("%q, %v", still, err)
	}
	for _, what := range []string{"report", "export"} {
		a := b.want(http.StatusTooManyRequests, get, path(one, what), one.Token, nil)
		if !strings.Contains(string(a.body), "is being made already") || a.header.Get("Retry-After") == "" {
			t.Errorf("%v: %s", a.header, a.body)
		}
	}
	b.archive.set(nil, nil)
	var r AuditReport
	b.want(http.StatusOK, get, path(two, "report"), two.Token, nil).into(t, &r)
	close(wait)
	if err := json.NewDecoder(slow.Body).Decode(&r); err != nil || r.Chains != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	b.eventually("the right to look to be given back", func() bool {
		b.server.looks.mu.Lock()
		defer b.server.looks.mu.Unlock()
		return len(b.server.looks.going) == 0
	})
	b.want(http.StatusOK, get, path(one, "report"), one.Token, nil)
}

func TestAnExportIsSignedForItsTenantAlone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, two := b.signUp("engines"), b.signUp("looms")
	b.checkpoint()
	a := b.want(http.StatusOK, get, "/tenants/"+one.Tenant.ID+"/audit-export", one.Token, nil)
	v, err := audit.Verify(strings.NewReader(string(a.body)), b.server.auditPublic())
	other, _ := id.Parse(id.Tenant, two.Tenant.ID)
	if err != nil || v.Count == 0 || v.Checkpoints != 1 || strings.Contains(string(a.body), other.String()) {
		t.Errorf("%+v, %v", v, err)
	}
	_, err = b.pool.Exec(t.Context(), "begin; set local session_replication_role = replica; update audit_events set actor = 'nobody' where action = 'tenant.sign_up'; commit")
	b.must(err)
	a = b.want(http.StatusOK, get, "/tenants/"+one.Tenant.ID+"/audit-export", one.Token, nil)
	if _, err := audit.Verify(strings.NewReader(string(a.body)), b.server.auditPublic()); err == nil || !strings.Contains(err.Error(), "could not vouch for it") {
		t.Errorf("%v", err)
	}
	if line := b.log.about(a.header.Get("X-Request-Id")); !strings.Contains(line, "an export is signed by nobody") {
		t.Errorf("the log says %s", line)
	}
}
