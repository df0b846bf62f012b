package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// tlsConfig checks nothing, so that clients are quick, and offers the one exchange of keys that all who are compared have.
func tlsConfig(host string) *tls.Config {
	return &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519}, NextProtos: []string{"http/1.1"}}
}

// secureReader is a client that reads over TLS.
type secureReader struct {
	address string
	host    string
	from    string // the client's own address; empty: any
	request string
}

// getting asks for a path of a host.
func getting(address, host, path string) secureReader {
	return secureReader{address: address, host: host, request: "GET " + path + " HTTP/1.1\r\nHost: " + host +
		"\r\nUser-Agent: bench\r\nAccept: */*\r\nAuthorization: Bearer abcdefghijklmnopqrstuvwxyz\r\n\r\n"}
}

func (r secureReader) open(ctx context.Context) (*tls.Conn, *bufio.Reader, error) {
	dialer := net.Dialer{Timeout: 10 * time.Second}
	if r.from != "" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.ParseIP(r.from)}
	}
	conn, err := (&tls.Dialer{NetDialer: &dialer, Config: tlsConfig(r.host)}).DialContext(ctx, "tcp", r.address)
	if err != nil {
		return nil, nil, err
	}
	return conn.(*tls.Conn), bufio.NewReaderSize(conn, 64<<10), nil
}

// read returns an error unless the answer is a good one.
func (r secureReader) read(conn net.Conn, answers *bufio.Reader) error {
	if _, err := io.WriteString(conn, r.request); err != nil {
		return err
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err != nil || res.StatusCode != http.StatusOK || n < 1<<10 {
		return errors.Join(fmt.Errorf("%s answered %s with %d bytes", r.address, res.Status, n), err)
	}
	return nil
}

// tally is what a crowd of clients got.
type tally struct {
	count int
	took  time.Duration
	each  []float64 // ms; empty where it was not asked
}

func (t tally) perSecond() float64 { return float64(t.count) / t.took.Seconds() }

// crowdOf has each reader read over a connection of its own, as fast as it is answered.
func crowdOf(ctx context.Context, readers []secureReader, lasts time.Duration) (tally, error) {
	group, ctx := errgroup.WithContext(ctx)
	times := make([][]float64, len(readers))
	began := time.Now()
	for i, r := range readers {
		group.Go(func() error {
			conn, answers, err := r.open(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			for last := time.Now(); last.Sub(began) < lasts; {
				if err := r.read(conn, answers); err != nil {
					return err
				}
				now := time.Now()
				times[i] = append(times[i], float64(now.Sub(last).Microseconds())/1000)
				last = now
			}
			return nil
		})
	}
	err := group.Wait()
	t := tally{took: time.Since(began), each: slices.Concat(times...)}
	t.count = len(t.each)
	return t, err
}

// shakeHands has several clients make new connections, one after the other, and asks for nothing over them. Each has an address of its
// own: one has not enough ports.
func shakeHands(ctx context.Context, readers []secureReader, lasts time.Duration) (tally, error) {
	group, ctx := errgroup.WithContext(ctx)
	counts := make([]int, len(readers))
	began := time.Now()
	for i, r := range readers {
		r.from = fmt.Sprintf("127.0.1.%d", i+1)
		group.Go(func() error {
			for ; time.Since(began) < lasts; counts[i]++ {
				conn, _, err := r.open(ctx)
				if err != nil {
					return err
				}
				_ = conn.Close()
			}
			return nil
		})
	}
	err := group.Wait()
	t := tally{took: time.Since(began)}
	for _, n := range counts {
		t.count += n
	}
	return t, err
}

// once reads over a connection that is made for it.
func (r secureReader) once(ctx context.Context) error {
	conn, answers, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return r.read(conn, answers)
}

// poller asks over a connection that it makes anew where the edge has ended it.
type poller struct {
	secureReader
	conn    net.Conn
	answers *bufio.Reader
}

func (p *poller) close() {
	if p.conn != nil {
		_ = p.conn.Close()
		p.conn = nil
	}
}

// expect returns an error unless the answer has this status.
func (p *poller) expect(ctx context.Context, status int) (err error) {
	if p.conn == nil {
		if p.conn, p.answers, err = p.open(ctx); err != nil {
			p.conn = nil
			return err
		}
	}
	if _, err := io.WriteString(p.conn, p.request); err != nil {
		p.close()
		return err
	}
	res, err := http.ReadResponse(p.answers, nil)
	if err != nil {
		p.close()
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
		p.close()
	}
	if res.StatusCode != status {
		return fmt.Errorf("answered %s, not yet %d", res.Status, status)
	}
	return nil
}
