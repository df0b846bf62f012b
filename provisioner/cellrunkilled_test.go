package provisioner

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/internal/objectstore/storetest"
	"github.com/longhouse-dev/longhouse/tenants"
)

// holdUp passes on what is sent to a store's administration, and holds up the first wish for a bucket.
func (s *site) holdUp(store *storetest.Store) (socket string, held <-chan struct{}) {
	s.t.Helper()
	socket = filepath.Join(s.dir, "slow.sock")
	l, err := net.Listen("unix", socket)
	s.must(err)
	reached, first := make(chan struct{}), make(chan bool, 1)
	first <- true
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "object-store"})
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", store.Config.AdminSocket)
	}}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/v1/buckets/") {
			select {
			case <-first:
				close(reached)
				<-r.Context().Done()
				return
			default:
			}
		}
		proxy.ServeHTTP(w, r)
	})}
	go func() { _ = server.Serve(l) }()
	s.t.Cleanup(func() { _ = server.Close() })
	return socket, reached
}

// TestTerraformKilledInMidApplyLeavesNoLock: the run says so, and the next plan goes on from what was made.
func TestTerraformKilledInMidApplyLeavesNoLock(t *testing.T) {
	t.Parallel()
	s := setupSite(t)
	store := storetest.Start(t)
	socket, held := s.holdUp(store)
	cell := s.add("killed-", func(name string) tenants.CellConfig { return s.config(name, socket) })
	plan := s.succeeded(s.run(cell, tenants.RunPlan, nil), "3 to create")
	ended := make(chan tenants.CellRun, 1)
	go func() { ended <- s.run(cell, tenants.RunApply, &plan.ID) }()
	select {
	case <-held:
	case run := <-ended:
		t.Fatalf("it ended before: %+v", run)
	}
	killIn(t, filepath.Join(s.builder.Dir, "cell_"+strings.ReplaceAll(cell.Name, "-", "_")))
	s.failed(<-ended, "killed")
	if s.state(cell) != tenants.CellPlanned {
		t.Errorf("the cell is %s", s.state(cell))
	}
	again := s.run(cell, tenants.RunPlan, nil)
	if again.State != tenants.RunSucceeded {
		t.Fatalf("%+v", again)
	}
	if run := s.run(cell, tenants.RunApply, &again.ID); run.State != tenants.RunSucceeded || s.state(cell) != tenants.CellReady {
		t.Errorf("%+v", run)
	}
}

// killIn ends the terraform that works in dir, and nothing else.
func killIn(t *testing.T, dir string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, cwd := range all {
		if at, err := os.Readlink(cwd); err != nil || at != dir {
			continue
		}
		var pid int
		if err := json.Unmarshal([]byte(filepath.Base(filepath.Dir(cwd))), &pid); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	if killed == 0 {
		t.Fatalf("no terraform works in %s", dir)
	}
}

// TestABuilderThatIsStoppedSaysSo: nobody has to wait until the run is taken for abandoned.
func TestABuilderThatIsStoppedSaysSo(t *testing.T) {
	t.Parallel()
	s := setupSite(t)
	store := storetest.Start(t)
	socket, held := s.holdUp(store)
	cell := s.add("stop-", func(name string) tenants.CellConfig { return s.config(name, socket) })
	plan := s.run(cell, tenants.RunPlan, nil)
	run, err := s.store.RunCell(t.Context(), someOperator, cell.ID, tenants.RunApply, &plan.ID)
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.builder.Work(ctx) }()
	<-held
	stop()
	s.must(<-ended)
	s.failed(s.look(run.ID), "it was broken off, as the worker was stopped")
}
