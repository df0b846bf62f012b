package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// assault is a way to trouble an edge, from a process of its own that makes way for all others: what it takes of the machine, those who
// attack over a network would bring along.
type assault struct {
	name     string
	clients  int           // connections at a time
	every    time.Duration // between two acts of one of them
	opening  string        // what is said first over a connection, with HOST for whom it is aimed at
	act      string        // what is said each time, likewise
	answered bool          // whether each act is, which the next one waits for
}

// assaults are aimed at one workspace, whose instance is slow.
var assaults = []assault{
	{name: "slow_headers", clients: 1000, every: time.Second, opening: "GET / HTTP/1.1\r\nHost: HOST\r\n", act: "X-Slow: 1\r\n"},
	{name: "slow_bodies", clients: 1000, every: time.Second, opening: "POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1000000\r\n\r\n", act: "x"},
	{name: "flood", clients: 64, every: 32 * time.Millisecond, act: "GET /api/v4/flood HTTP/1.1\r\nHost: HOST\r\n\r\n", answered: true},
	{name: "huge_headers", clients: 64, every: 320 * time.Millisecond,
		act: "GET / HTTP/1.1\r\nHost: HOST\r\nCookie: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", answered: true},
}

// at returns it with its aim. What is said is made once: an attacker that collects its own garbage holds up who is measured beside it.
func (a assault) at(host string) (opening, act []byte) {
	to := strings.NewReplacer("HOST", host)
	return []byte(to.Replace(a.opening)), []byte(to.Replace(a.act))
}

func hear(answers *bufio.Reader) bool {
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && !res.Close
}

// run goes on until ctx ends, from eight addresses, and returns how often it acted.
func (a assault) run(ctx context.Context, address, host string) int64 {
	var acts atomic.Int64
	opening, act := a.at(host)
	done := make(chan struct{})
	for i := range a.clients {
		from := fmt.Sprintf("127.0.2.%d", i%8+1)
		go func() {
			defer func() { done <- struct{}{} }()
			rest(ctx, a.every*time.Duration(i)/time.Duration(a.clients)) // not all at once
			for ctx.Err() == nil {
				acts.Add(a.one(ctx, address, host, from, opening, act))
				rest(ctx, a.every)
			}
		}()
	}
	for range a.clients {
		<-done
	}
	return acts.Load()
}

// one is one connection, for as long as the edge lets it go on. It returns how often it acted.
func (a assault) one(ctx context.Context, address, host, from string, opening, act []byte) (acts int64) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	conn, err := (&tls.Dialer{NetDialer: &dialer, Config: tlsConfig(host)}).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answers := bufio.NewReader(conn)
	if _, err := conn.Write(opening); err != nil {
		return 0
	}
	tick := time.NewTicker(a.every)
	defer tick.Stop()
	for ctx.Err() == nil {
		_, err := conn.Write(act)
		acts++
		if err != nil || a.answered && !hear(answers) {
			return acts
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
	return acts
}

// attack is what this program does as the process of an assault, until its standard input ends: it says how often it acted.
func attack(ctx context.Context, name, address, host string) error {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	for _, a := range assaults {
		if a.name == name {
			_, err := fmt.Println(a.run(ctx, address, host))
			return err
		}
	}
	return fmt.Errorf("there is no assault %q", name)
}
