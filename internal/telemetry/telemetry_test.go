package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

func get(t *testing.T, socket, path string) (string, error) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	resp, err := client.Get("http://part" + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

// sockets returns a folder whose name is short enough for one.
func sockets(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestASuccessorTakesTheSocketOver(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(sockets(t), "s")
	says := func(text string) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		listener, err := listen(socket)
		if err != nil {
			t.Fatal(err)
		}
		server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })}
		go func() { _ = server.Serve(listener) }()
		context.AfterFunc(ctx, func() { _ = server.Close() })
		return cancel
	}
	stop := says("first")
	if body, err := get(t, socket, "/"); err != nil || body != "first" {
		t.Fatalf("%q, %v", body, err)
	}
	says("second")
	stop()
	if body, err := get(t, socket, "/"); err != nil || body != "second" {
		t.Errorf("after the first one ended: %q, %v", body, err)
	}
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestASocketComesBackWhenItsSuccessorCameToNothing(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(sockets(t), "s")
	says := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) })
	}
	until := func(want string) {
		tick := time.NewTicker(time.Millisecond)
		defer tick.Stop()
		for body, _ := get(t, socket, "/"); body != want; body, _ = get(t, socket, "/") {
			select {
			case <-tick.C:
			case <-t.Context().Done():
				t.Fatalf("nobody says %s", want)
			}
		}
	}
	go func() { _ = serve(t.Context(), socket, says("first"), time.Millisecond) }()
	until("first")
	ctx, fail := context.WithCancel(t.Context())
	over := make(chan error)
	go func() { over <- serve(ctx, socket, says("second"), time.Hour) }()
	until("second")
	fail() // and takes its socket away
	if err := <-over; err != nil {
		t.Fatal(err)
	}
	until("first")
	killed, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket + ".killed", Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	killed.SetUnlinkOnClose(false)
	if err := errors.Join(os.Rename(socket+".killed", socket), killed.Close()); err != nil {
		t.Fatal(err)
	}
	until("first")
}

func TestServeEndsWithItsContextAndTakesItsSocketAway(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	socket := filepath.Join(sockets(t), "s")
	over := make(chan error)
	go func() { over <- Serve(ctx, socket, http.NotFoundHandler()) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, err := os.Stat(socket); err != nil; _, err = os.Stat(socket) {
		<-tick.C
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket of a process that ended in good order is left: %v", err)
	}
}

func TestRegistryTellsBuildAndProcess(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	MetricsHandler(NewRegistry()).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for _, name := range []string{"longhouse_build_info{", "process_resident_memory_bytes ", "go_goroutines "} {
		if !strings.Contains(w.Body.String(), "\n"+name) {
			t.Errorf("%s is missing", name)
		}
	}
}

func TestSpansReachTheCollectorAndAreContinuedFromARow(t *testing.T) {
	t.Parallel()
	got := make(chan *collector.ExportTraceServiceRequest, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if err := proto.Unmarshal(body, &in); err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s: %v", r.URL.Path, err)
		}
		got <- &in
	}))
	defer receiver.Close()
	traces, flush, err := Traces(t.Context(), receiver.URL+"/v1/traces", "longhouse-test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, first := traces.Tracer("test").Start(t.Context(), "first")
	kept := Traceparent(ctx)
	_, second := traces.Tracer("test").Start(Continue(t.Context(), kept), "second")
	second.End()
	first.End()
	flush()
	spans := (<-got).ResourceSpans[0].ScopeSpans[0].Spans
	if len(spans) != 2 || !bytes.Equal(spans[0].ParentSpanId, spans[1].SpanId) || !bytes.Equal(spans[0].TraceId, spans[1].TraceId) {
		t.Errorf("%v", spans)
	}
	if TraceID(ctx) != first.SpanContext().TraceID().String() {
		t.Errorf("trace id %q", TraceID(ctx))
	}
}

func TestWithoutACollectorNothingIsTraced(t *testing.T) {
	t.Parallel()
	traces, flush, err := Traces(t.Context(), "", "longhouse-test", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer flush()
	ctx, span := traces.Tracer("test").Start(Continue(t.Context(), ""), "one")
	defer span.End()
	if Traceparent(ctx) != "" || TraceID(ctx) != "" {
		t.Errorf("%q, %q", Traceparent(ctx), TraceID(ctx))
	}
}

func TestEndpointsAreChecked(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"", "http://127.0.0.1:4318/v1/traces", "https://otel.example"} {
		if err := CheckEndpoint(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"127.0.0.1:4318", "grpc://x:4317", "http://", "https://user:secret@otel.example", "%"} {
		if err := CheckEndpoint(bad); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
