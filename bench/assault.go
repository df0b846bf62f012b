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
	name    string
	clients int           // connections at a time
	every   time.Duration // between two acts of one of them
	act     func(conn net.Conn, answers *bufio.Reader, host string) (again bool)
}

// assaults are aimed at one workspace, whose instance is slow.
var assaults = []assault{
	{"slow_headers", 1000, time.Second, func(conn net.Conn, _ *bufio.Reader, _ string) bool { return say(conn, "X-Slow: 1\r\n") }},
	{"slow_bodies", 1000, time.Second, func(conn net.Conn, _ *bufio.Reader, _ string) bool { return say(conn, "x") }},
	{"flood", 64, 32 * time.Millisecond, func(conn net.Conn, answers *bufio.Reader, host string) bool {
		return say(conn, "GET /api/v4/flood HTTP/1.1\r\nHost: "+host+"\r\n\r\n") && hear(answers)
	}},
	{"huge_headers", 64, 320 * time.Millisecond, func(conn net.Conn, answers *bufio.Reader, host string) bool {
		return say(conn, "GET / HTTP/1.1\r\nHost: "+host+"\r\nCookie: "+strings.Repeat("x", 1<<20)+"\r\n\r\n") && hear(answers)
	}},
}

// opening is what is said first over a connection.
func (a assault) opening(host string) string {
	switch a.name {
	case "slow_headers":
		return "GET / HTTP/1.1\r\nHost: " + host + "\r\n"
	case "slow_bodies":
		return "POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 1000000\r\n\r\n"
	}
	return ""
}

func say(conn net.Conn, text string) bool {
	_, err := io.WriteString(conn, text)
	return err == nil
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
	done := make(chan struct{})
	for i := range a.clients {
		from := fmt.Sprintf("127.0.2.%d", i%8+1)
		go func() {
			defer func() { done <- struct{}{} }()
			rest(ctx, a.every*time.Duration(i)/time.Duration(a.clients)) // not all at once
			for ctx.Err() == nil {
				a.one(ctx, address, host, from, &acts)
				rest(ctx, a.every)
			}
		}()
	}
	for range a.clients {
		<-done
	}
	return acts.Load()
}

// one is one connection, for as long as the edge lets it go on.
func (a assault) one(ctx context.Context, address, host, from string, acts *atomic.Int64) {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: 10 * time.Second}
	conn, err := (&tls.Dialer{NetDialer: &dialer, Config: tlsConfig(host)}).DialContext(ctx, "tcp", address)
	if err != nil {
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	answers := bufio.NewReader(conn)
	if !say(conn, a.opening(host)) {
		return
	}
	for tick := time.NewTicker(a.every); ctx.Err() == nil; {
		again := a.act(conn, answers, host)
		acts.Add(1)
		if !again {
			tick.Stop()
			return
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
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
