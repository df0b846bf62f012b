package edge

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

const (
	// introductionTime is how long a hop may take to say for whom it connects.
	introductionTime = 5 * time.Second
	// maxIntroductions bounds the connections that are being introduced.
	maxIntroductions = 1024
	// fixedPart is what each header of version 2 begins with; its last two bytes are the length of the rest.
	fixedPart = 16
	// maxIntroduction is more than addresses, and what else the larger load balancers tell, take.
	maxIntroduction = 4096
)

var errIntroduction = errors.New("no header of the PROXY protocol, version 2, came first")

// introducing is a listener whose connections from hops begin with who connects through them. They are read aside, so that
// a hop that says nothing keeps nobody waiting. What is no hop's is left as it is: such a header of theirs is no request.
type introducing struct {
	net.Listener
	hops     *trustedHops
	time     time.Duration
	ready    chan accepted
	places   chan struct{}
	over     chan struct{}
	closing  sync.Once
	closeErr error
}

type accepted struct {
	conn net.Conn
	err  error
}

// newIntroducing returns l itself where nobody is announced.
func newIntroducing(l net.Listener, hops *trustedHops) net.Listener {
	if hops == nil || !hops.Announced {
		return l
	}
	i := &introducing{Listener: l, hops: hops, time: introductionTime, ready: make(chan accepted), places: make(chan struct{}, maxIntroductions),
		over: make(chan struct{})}
	go i.run()
	return i
}

func (i *introducing) run() {
	for {
		conn, err := i.Listener.Accept()
		switch {
		case err != nil:
			if !i.hand(accepted{err: err}) || errors.Is(err, net.ErrClosed) {
				return
			}
		case !i.hops.include(clientAddress(conn.RemoteAddr().String())):
			i.hand(accepted{conn: conn})
		default:
			select {
			case i.places <- struct{}{}:
				go i.introduce(conn)
			default:
				_ = conn.Close()
			}
		}
	}
}

// hand gives one to whoever accepts, and reports whether somebody still does.
func (i *introducing) hand(a accepted) bool {
	select {
	case i.ready <- a:
		return true
	case <-i.over:
		if a.conn != nil {
			_ = a.conn.Close()
		}
		return false
	}
}

func (i *introducing) introduce(conn net.Conn) {
	defer func() { <-i.places }()
	_ = conn.SetReadDeadline(time.Now().Add(i.time))
	introduced, err := readIntroduction(conn)
	if err != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	i.hand(accepted{conn: introduced})
}

// Accept implements net.Listener.
func (i *introducing) Accept() (net.Conn, error) {
	select {
	case a := <-i.ready:
		return a.conn, a.err
	case <-i.over:
		return nil, fmt.Errorf("accept on %s: %w", i.Addr(), net.ErrClosed)
	}
}

// Close implements net.Listener. Connections that are being introduced end.
func (i *introducing) Close() error {
	i.closing.Do(func() {
		close(i.over)
		i.closeErr = i.Listener.Close()
	})
	return i.closeErr
}

// introduced is a connection that a hop made for somebody else.
type introduced struct {
	*net.TCPConn
	client net.Addr
}

// RemoteAddr implements net.Conn.
func (c *introduced) RemoteAddr() net.Addr { return c.client }

// readIntroduction reads the header and no byte more, so that the connection can be read as any other. A hop that speaks for itself
// (LOCAL), as it does to see whether we are well, is itself the client.
func readIntroduction(conn net.Conn) (net.Conn, error) {
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return nil, fmt.Errorf("a connection over %s: %w", conn.RemoteAddr().Network(), errors.ErrUnsupported)
	}
	client, err := readClient(tcp)
	if err != nil {
		return nil, err
	}
	if !client.IsValid() {
		return conn, nil
	}
	return &introduced{tcp, net.TCPAddrFromAddrPort(client)}, nil
}

// readClient returns nobody for a hop that speaks for itself.
func readClient(r io.Reader) (client netip.AddrPort, err error) {
	header := make([]byte, fixedPart, fixedPart+maxIntroduction)
	if _, err := io.ReadFull(r, header); err != nil {
		return client, fmt.Errorf("%w: %w", errIntroduction, err)
	}
	if !bytes.HasPrefix(header, proxyproto.SIGV2) {
		return client, errIntroduction
	}
	rest := int(binary.BigEndian.Uint16(header[fixedPart-2:]))
	if rest > maxIntroduction {
		return client, fmt.Errorf("%w: it has %d bytes; allowed are %d", errIntroduction, rest, maxIntroduction)
	}
	header = header[:fixedPart+rest]
	if _, err := io.ReadFull(r, header[fixedPart:]); err != nil {
		return client, fmt.Errorf("%w: %w", errIntroduction, err)
	}
	said, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(header), len(header)))
	if err != nil {
		return client, fmt.Errorf("%w: %w", errIntroduction, err)
	}
	if said.Command.IsLocal() {
		return client, nil
	}
	source, _, ok := said.TCPAddrs()
	if !ok {
		return client, fmt.Errorf("%w: its client has no address of TCP", errIntroduction)
	}
	addr := source.AddrPort()
	return netip.AddrPortFrom(addr.Addr().Unmap(), addr.Port()), nil
}
