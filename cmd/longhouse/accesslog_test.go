package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane"
	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/accesslog"
	"github.com/longhouse-dev/longhouse/tenants"
)

// sameRequests is an access log in which the workspaces have been asked for the same 300 things.
type sameRequests struct{ broken atomic.Bool }

func (*sameRequests) Keep(context.Context, accesslog.Accepted) error { return nil }

func (*sameRequests) lines() (list []accesslog.Line) {
	for i := range 300 {
		list = append(list, accesslog.Line{At: time.Date(2026, 11, 30, 12, 0, 300-i, i, time.UTC), Client: "192.0.2.7", Method: "GET", Host: "engines.longhouse.test", Path: fmt.Sprint("/", i), Status: 200})
	}
	return list
}

func (r *sameRequests) failure() error {
	if r.broken.Load() {
		return context.Canceled
	}
	return nil
}

// Read gives pages of at most 50.
func (r *sameRequests) Read(_ context.Context, q accesslog.Query, most int) (p accesslog.Page, err error) {
	for _, l := range r.lines() {
		if q.Before != (accesslog.Key{}) && !l.At.Before(q.Before.At) {
			continue
		}
		if len(p.Lines) == min(most, 50) {
			return p, r.failure()
		}
		p.Lines, p.Next = append(p.Lines, l), accesslog.Key{At: l.At}
	}
	p.Next = accesslog.Key{}
	return p, r.failure()
}

func (r *sameRequests) Stream(_ context.Context, _ accesslog.Query, each func([]byte) error) error {
	for _, l := range r.lines() {
		text, _ := json.Marshal(l)
		if err := each(text); err != nil {
			return err
		}
	}
	return r.failure()
}

func TestAnAccessLogIsListed(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var list []client.AccessLine
	s.want(exitDone, "workspaces", "access-log", "engines", "--limit", "0", "--json").into(t, &list)
	if len(list) != 300 || list[299].Path != "/299" {
		t.Errorf("%d lines", len(list))
	}
	r := s.want(exitDone, "workspaces", "access-log", "engines", "--limit", "70", "--client", "192.0.2.7", "--status", "2xx", "--since", "2h")
	if strings.Count(r.out, "\n") != 71 || !strings.Contains(r.out, "192.0.2.7") || !strings.Contains(r.err, "complete up to") || !strings.Contains(r.err, "kept for 365 days") || !strings.Contains(r.err, "--limit 140") {
		t.Errorf("%s%s", r.out, r.err)
	}
	s.want(exitUsage, "workspaces", "access-log", "engines", "--since", "yesterday")
	s.want(exitRefused, "workspaces", "access-log", "engines", "--client", "everybody")
	s.want(exitRefused, "workspaces", "access-log", "engines", "--status", "7xx")
	s.want(exitRefused, "workspaces", "access-log", "elsewhere")
}

// wantExport compares an export with the log: each line as it is, and then the end.
func (s *shell) wantExport(got string) {
	s.t.Helper()
	var want strings.Builder
	s.must(s.requests.Stream(s.t.Context(), accesslog.Query{}, func(line []byte) error {
		_, _ = fmt.Fprintf(&want, "%s\n", line)
		return nil
	}))
	last, whole := strings.CutPrefix(got, want.String())
	var end controlplane.AccessEnd
	if !whole || json.Unmarshal([]byte(last), &end) != nil || !end.End || end.Lines != 300 || end.CompleteUntil.IsZero() {
		s.t.Errorf("%d lines are exported, which end with %.300q", strings.Count(got, "\n"), got[max(0, len(got)-300):])
	}
}

func TestAnAccessLogIsExported(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	file := filepath.Join(s.home, "log")
	r := s.want(exitDone, "workspaces", "access-log", "engines", "--export", file)
	data, err := os.ReadFile(file)
	s.must(err)
	s.wantExport(string(data))
	if !strings.Contains(r.err, "300 lines") {
		t.Errorf("it says %s", r.err)
	}
	s.want(exitUsage, "workspaces", "access-log", "engines", "--export", file) // which is there
	s.want(exitUsage, "workspaces", "access-log", "engines", "--export", "-", "--limit", "3")
	s.wantExport(s.want(exitDone, "workspaces", "access-log", "engines", "--export", "-").out)
	s.requests.broken.Store(true)
	if r := s.want(exitUnreachable, "workspaces", "access-log", "engines", "--export", "-"); !strings.Contains(r.err, "broke off") {
		t.Errorf("%s", r.err)
	}
}
