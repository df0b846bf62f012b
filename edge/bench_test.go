package edge

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// TestMain lets the test binary be its own load generator and instance, so that a benchmark's process is the edge
// alone and its CPU time is the edge's.
func TestMain(m *testing.M) {
	switch os.Getenv("LONGHOUSE_EDGE_BENCH") {
	case "instance":
		serveStatic(os.Getenv("SOCKET"))
	case "load":
		generateLoad(os.Getenv("TARGET"), os.Getenv("LONGHOUSE_PATH"), os.Getenv("COUNT"))
	case "hold":
		holdSockets(os.Getenv("TARGET"), os.Getenv("COUNT"))
	default:
		os.Exit(m.Run())
	}
}

func serveStatic(socket string) {
	listener, err := net.Listen("unix", socket)
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/static/main.css", says(strings.Repeat("x", 1<<10)))
	mux.Handle("/api/v4/page", says(strings.Repeat("x", 42<<10)))
	mux.Handle("/api/v4/websocket", echoSocket)
	panic(http.Serve(listener, mux))
}

// generateLoad sends GETs over 16 connections that stay open.
func generateLoad(target, path, count string) {
	n, err := strconv.Atoi(count)
	if err != nil {
		panic(err)
	}
	const connections = 16
	var all sync.WaitGroup
	for i := range connections {
		all.Go(func() {
			conn, err := net.Dial("tcp", target)
			if err != nil {
				panic(err)
			}
			defer conn.Close()
			answers := bufio.NewReader(conn)
			for range n/connections + min(1, max(0, n%connections-i)) {
				_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: acme.longhouse.localhost\r\nUser-Agent: bench\r\n"+
					"Accept: */*\r\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyz\r\n\r\n")
				res, err := http.ReadResponse(answers, nil)
				if err != nil || res.StatusCode != http.StatusOK {
					panic(fmt.Sprint(res, err))
				}
				_, _ = io.Copy(io.Discard, res.Body)
			}
		})
	}
	all.Wait()
}

func command(b *testing.B, env ...string) *exec.Cmd {
	b.Helper()
	self, err := os.Executable()
	must(b, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd
}

// benchEdge serves one workspace, whose instance is another process, and returns where.
func benchEdge(b *testing.B) (address string) {
	b.Helper()
	dir, err := os.MkdirTemp("/tmp", "lh")
	must(b, err)
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	instance := command(b, "LONGHOUSE_EDGE_BENCH=instance", "SOCKET="+socket)
	must(b, instance.Start())
	b.Cleanup(func() { _ = instance.Process.Kill(); _ = instance.Wait() })
	eventually(b, "the instance listens", func() bool { _, err := os.Stat(socket); return err == nil })

	table := NewTable()
	_, err = table.Replace(feed.Message{Version: 1, Routes: []feed.Route{routeTo("acme", socket)}})
	must(b, err)
	devNull, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	must(b, err)
	b.Cleanup(func() { _ = devNull.Close() })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(b, err)
	log := slog.New(slog.NewJSONHandler(devNull, nil))
	noise := slog.NewLogLogger(log.Handler(), slog.LevelDebug)
	kept := newSpool(filepath.Join(dir, "access"), "edg_bench", "els_bench")
	must(b, os.Mkdir(kept.dir, 0o700))
	access := &accessLog{said: newAccessWriter(devNull), kept: newAccessWriter(kept)}
	for _, w := range []*accessWriter{access.said, access.kept} {
		go w.run(b.Context())
	}
	srv := clientServer(newGate(table, openBarrier(), newProxy(newTunnels(), &retries{}, noise), newMetrics(), access), readHeaderTimeout, noise)
	go func() { _ = srv.Serve(listener) }()
	b.Cleanup(func() { _ = srv.Close() })
	return listener.Addr().String()
}

// BenchmarkProxyStatic1KiB reports the edge's own CPU time for a 1 KiB answer over a unix socket, keep-alive on both
// sides, with lines said and kept.
func BenchmarkProxyStatic1KiB(b *testing.B) { proxied(b, "/static/main.css") }

// BenchmarkProxyPage42KiB does so for an answer as long as a page of 60 posts, from an instance that has it at hand.
func BenchmarkProxyPage42KiB(b *testing.B) { proxied(b, "/api/v4/page") }

func proxied(b *testing.B, path string) {
	b.Helper()
	edge := benchEdge(b)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime(b)
	load := command(b, "LONGHOUSE_EDGE_BENCH=load", "TARGET="+edge, "LONGHOUSE_PATH="+path, "COUNT="+strconv.Itoa(b.N))
	must(b, load.Run())
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
}

func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func manyRoutes(n int) feed.Message {
	m := feed.Message{Type: feed.KindSnapshot, Version: 1, BaseDomain: "longhouse.localhost"}
	for i := range n {
		m.Routes = append(m.Routes, routeTo(fmt.Sprintf("workspace-%d", i), fmt.Sprintf("/run/lh/%08d/s", i)))
	}
	return m
}

func BenchmarkLookup100k(b *testing.B) {
	table := NewTable()
	_, err := table.Replace(manyRoutes(100_000))
	must(b, err)
	hosts := make([]string, 1024)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("workspace-%d.longhouse.localhost:8065", i*97)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for i := 0; pb.Next(); i++ {
			host, err := canonicalHost(hosts[i%len(hosts)])
			if err != nil || table.Lookup(host) == nil {
				b.Error("not found")
				return
			}
		}
	})
}

func BenchmarkChangeAmong100k(b *testing.B) {
	table := NewTable()
	m := manyRoutes(100_000)
	_, err := table.Replace(m)
	must(b, err)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		route := m.Routes[i%len(m.Routes)]
		if _, err := table.Apply(feed.Message{Version: int64(i + 2), Route: &route}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoadJournal100k reads routes of ten rules each.
func BenchmarkLoadJournal100k(b *testing.B) {
	j := filteredJournal(b)
	for b.Loop() {
		must(b, j.load(NewTable()))
	}
}

// BenchmarkRewriteJournal100k writes them.
func BenchmarkRewriteJournal100k(b *testing.B) {
	j, table := filteredJournal(b), NewTable()
	must(b, j.load(table))
	for b.Loop() {
		must(b, j.rewrite(table.export()))
	}
}

func filteredJournal(b *testing.B) *journal {
	b.Helper()
	j, err := openJournal(b.TempDir())
	must(b, err)
	b.Cleanup(j.close)
	m := manyRoutes(100_000)
	for i := range m.Routes {
		networks := make([]string, 10)
		for k := range networks {
			networks[k] = fmt.Sprintf("10.%d.%d.0/24", i%256, k)
		}
		m.Routes[i] = allowing(m.Routes[i], networks...)
	}
	table := NewTable()
	_, err = table.Replace(m)
	must(b, err)
	must(b, j.rewrite(table.export()))
	return j
}

// holdSockets opens idle web sockets and says so.
func holdSockets(target, count string) {
	n, err := strconv.Atoi(count)
	if err != nil {
		panic(err)
	}
	for range n {
		conn, _, err := websocket.DefaultDialer.Dial("ws://"+target+"/api/v4/websocket", http.Header{"Host": {"acme.longhouse.localhost"}})
		if err != nil {
			panic(err)
		}
		if _, _, err := conn.ReadMessage(); err != nil {
			panic(err)
		}
		held = append(held, conn)
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

var held []*websocket.Conn

// BenchmarkIdleWebSocket reports what the edge keeps for each of 1,000 idle web sockets.
func BenchmarkIdleWebSocket(b *testing.B) {
	const sockets = 1000
	e := benchEdge(b)
	before := memoryInUse()
	holder := command(b, "LONGHOUSE_EDGE_BENCH=hold", "TARGET="+e, "COUNT="+strconv.Itoa(sockets))
	stdin, err := holder.StdinPipe()
	must(b, err)
	stdout, err := holder.StdoutPipe()
	must(b, err)
	must(b, holder.Start())
	_, err = bufio.NewReader(stdout).ReadString('\n')
	must(b, err)
	b.ReportMetric(float64(memoryInUse()-before)/sockets/1024, "KiB/socket")
	b.ReportMetric(0, "ns/op")
	_ = stdin.Close()
	_ = holder.Wait()
}

func memoryInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
