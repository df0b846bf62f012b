package controlplane

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

// hastyListener makes connections whose time to read is over as soon as it is set.
type hastyListener struct {
	net.Listener
	made atomic.Int32
}

type hastyConn struct{ net.Conn }

func (l *hastyListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.made.Add(1)
	return hastyConn{conn}, nil
}

func (c hastyConn) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		t = time.Unix(1, 0)
	}
	return c.Conn.SetReadDeadline(t)
}

// TestAWriteThatTakesLongLeavesItsConnectionWell: a time limit for a body must not be left on the connection when the body is there.
func TestAWriteThatTakesLongLeavesItsConnectionWell(t *testing.T) {
	t.Parallel()
	b := setup(t)
	web := httptest.NewUnstartedServer(b.server)
	hasty := &hastyListener{Listener: web.Listener}
	web.Listener = hasty
	web.Start()
	t.Cleanup(web.Close)
	b.url, b.client = web.URL, web.Client()
	up := b.signUp("engines")
	b.want(http.StatusOK, get, "/workspaces/"+up.Workspace.ID, up.Token, nil)
	if n := hasty.made.Load(); n != 1 {
		t.Errorf("there were %d connections, so this test shows nothing", n)
	}
}
