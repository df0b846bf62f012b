package edge

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"
)

func TestAFencedEdgeServesNothingUntilItIsLetInAgain(t *testing.T) {
	t.Parallel()
	r, route := socketRig(t)
	conn, _ := r.dialSocket("acme.longhouse.localhost")
	if _, _, err := conn.ReadMessage(); err != nil {
		t.Fatal(err)
	}
	r.control.with(func() { r.control.fenced = true })
	r.control.CloseClientConnections() // as the control plane does when it fences
	ended(t, conn)
	a := r.get("acme.longhouse.localhost", "/")
	a.want(t, http.StatusServiceUnavailable, "out of service")
	r.admin("/v1/info").want(t, 200, `"fenced":true`)
	asked := len(r.control.queries())
	eventually(t, "it asks again and again", func() bool { return len(r.control.queries()) > asked+1 })
	r.get("acme.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "out of service")

	r.control.with(func() { r.control.fenced = false })
	r.control.change(2, route)
	r.waitVersion(2)
	eventually(t, "it is open", func() bool { caughtUp, _ := r.server.barrier.stands(); return caughtUp })
	if a := r.get("acme.longhouse.localhost", "/"); a.StatusCode == http.StatusServiceUnavailable {
		t.Errorf("it is shut: %s", a.body)
	}
}

func TestAFenceOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", says("here")))
	r.start()
	r.waitVersion(1)
	r.control.with(func() { r.control.fenced = true })
	r.control.CloseClientConnections()
	fenced := func() bool {
		_, fenced := r.server.barrier.stands()
		return fenced && r.server.follower.identity.fenced()
	}
	eventually(t, "it is fenced", fenced)
	must(t, r.stop())

	r.control.with(func() { r.control.deaf = true })
	r.start()
	eventually(t, "it has asked", func() bool { return r.server.follower.failures.Load() > 0 })
	r.server.barrier.started()
	r.get("acme.longhouse.localhost", "/").want(t, http.StatusServiceUnavailable, "out of service")

	r.control.with(func() { r.control.deaf, r.control.fenced = false, false })
	eventually(t, "it is let in", func() bool { return !fenced() && !r.server.follower.identity.fenced() })
	r.get("acme.longhouse.localhost", "/").want(t, 200, "here")
}

// A confirmation may be what tells of the fence first: the stream's end can be lost.
func TestAFenceIsHeardByAConfirmation(t *testing.T) {
	t.Parallel()
	r := setup(t, routeTo("acme", "/s"))
	r.waitConfirmed(1)
	r.control.with(func() { r.control.fenced = true })
	eventually(t, "it is fenced", func() bool { _, fenced := r.server.barrier.stands(); return fenced })
}

func TestAFenceCutsOffWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.control.set(1, r.instance("acme", http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	})))
	r.start()
	r.waitVersion(1)
	conn, err := net.Dial("tcp", r.addr())
	must(t, err)
	defer conn.Close()
	must(t, conn.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: acme.longhouse.localhost\r\n\r\n")
	must(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer answer.Body.Close()
	must(t, second(io.ReadFull(answer.Body, make([]byte, 5))))
	r.control.with(func() { r.control.fenced = true })
	if _, err := io.ReadAll(answer.Body); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the answer goes on, or came to a good end: %v", err)
	}
	if n := r.server.listener.count(); n > 1 {
		t.Errorf("%d connections", n)
	}
}

func second(_ int, err error) error { return err }
