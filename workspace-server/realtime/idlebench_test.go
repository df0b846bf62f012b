package realtime

import (
	"runtime"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// BenchmarkIdleSocket is what a client that only listens has of this process: the stack that waits for it, and, with the client's own part, the heap.
func BenchmarkIdleSocket(b *testing.B) {
	const clients = 1000
	for b.Loop() {
		h := setup(b)
		before := inUse()
		for range clients {
			c := h.dial("")
			_ = c.WriteMessage(websocket.TextMessage, []byte(`{"seq":1,"action":"authentication_challenge","data":{"token":"`+id.New().String()+`"}}`))
			h.read(c)
			h.read(c)
			h.skipStatus(c)
		}
		after := inUse()
		b.ReportMetric(float64(after.StackInuse-before.StackInuse)/clients/1024, "KiB-stack")
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/clients/1024, "KiB-heap")
	}
}

// inUse is measured once stacks that can are halved, which each collection does once.
func inUse() (m runtime.MemStats) {
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return m
}
