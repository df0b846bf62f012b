package controlplane

import (
	"context"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/accesslog"
)

// slowRequests is an access log whose exports take until the test says so, as for a client that reads slowly.
type slowRequests struct {
	requests
	begun chan string
	wait  chan struct{}
}

// Stream implements AccessLog.
func (r *slowRequests) Stream(ctx context.Context, q accesslog.Query, _ func([]byte) error) error {
	r.begun <- q.Owner
	select {
	case <-r.wait:
	case <-ctx.Done():
	}
	return nil
}

// slowly has exports of access logs take until the test ends.
func (b *bundle) slowly() *slowRequests {
	slow := &slowRequests{begun: make(chan string, 10), wait: make(chan struct{})}
	b.server.config.AccessLog = slow
	return slow
}

// within asks for something, and returns the status once all of it is there; 0: ctx ended before.
func (b *bundle) within(ctx context.Context, path, token string) int {
	req, err := http.NewRequestWithContext(ctx, get, b.url+prefix+path, nil)
	if err != nil {
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := b.client.Do(req)
	if err != nil {
		return 0
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return 0
	}
	return res.StatusCode
}

// TestSlowExportsOfAccessLogsHoldUpNoReport: whoever reads one slowly leaves audit trails to others.
func TestSlowExportsOfAccessLogsHoldUpNoReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow := b.slowly()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	var exports sync.WaitGroup
	defer exports.Wait()
	defer cancel()
	done := b.signUp("engines")
	for _, slug := range []string{"looms", "wheels"} { // as many as there are places for reports
		other := b.signUp(slug)
		exports.Go(func() { b.within(ctx, logPath(other.Workspace.ID, "/export"), other.Token) })
		if got := <-slow.begun; got != other.Workspace.ID {
			t.Fatalf("%s is exported", got)
		}
	}
	if status := b.within(ctx, "/tenants/"+done.Tenant.ID+"/audit-report", done.Token); status != http.StatusOK {
		t.Errorf("a report answers %d", status)
	}
}

func TestFewAccessLogsAreExportedAtATime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	slow := b.slowly()
	done := b.signUp("engines")
	for range logPlaces {
		_, err := b.server.exporting.enter(t.Context())
		b.must(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var export sync.WaitGroup
	export.Go(func() { b.within(ctx, logPath(done.Workspace.ID, "/export"), done.Token) })
	going := func() int {
		b.server.looks.mu.Lock()
		defer b.server.looks.mu.Unlock()
		return len(b.server.looks.going)
	}
	b.eventually("the export is asked for", func() bool { return going() == 1 })
	cancel()
	export.Wait()
	b.eventually("the export is given up", func() bool { return going() == 0 })
	if len(slow.begun) > 0 {
		t.Error("one more is exported than there are places for")
	}
}
