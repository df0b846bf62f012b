// Package broker lets a program that may open no connection have others opened for it, and handed over. The program asks
// for an address and gets a connected socket, or why there is none; nothing of what is said on it passes through here.
//
// It owns the way in which that is asked and answered, on a line: a connection of a unix socket that keeps packets apart
// (SOCK_SEQPACKET). The program listens and the broker calls, so that a broker that was restarted finds the program again.
// It never decides who may have which connection, and opens none itself.
package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Network is what a line is, to the package net.
const Network = "unixpacket"

// Dial opens a connection, as that of a net.Dialer does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Within is the longest that a dial takes: it waits for a broker that is away, and for the connection.
const Within = 10 * time.Second

// The longest packet of either side has room for what it holds, were every byte of that escaped.
const (
	longestPacket  = 4 << 10
	longestAddress = 512
	longestWhy     = 256
)

// request is what the program asks.
type request struct {
	ID      uint64 `json:"id"` // of the program's choice
	Network string `json:"network"`
	Address string `json:"address"`
}

// reply is what the broker answers. The connection, if there is one, is in the packet's control message.
type reply struct {
	ID      uint64        `json:"id"`
	Why     string        `json:"why,omitempty"`   // there is none; for humans
	Errno   syscall.Errno `json:"errno,omitempty"` // the same for programs, where the system has a number for it
	Timeout bool          `json:"timeout,omitempty"`
}

// decode reads a packet. What doesn't fit was cut off, and is no JSON.
func decode(packet []byte, into any) error {
	if err := json.Unmarshal(packet, into); err != nil {
		return fmt.Errorf("a packet of %d bytes is none of ours", len(packet))
	}
	return nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // numbers and strings only
	}
	return b
}

// refusal is the reply to a request that failed.
func refusal(id uint64, err error) reply {
	r := reply{ID: id, Why: err.Error()}
	if len(r.Why) > longestWhy {
		r.Why = r.Why[:longestWhy]
	}
	_ = errors.As(err, &r.Errno) // zero where there is none
	if timeout := net.Error(nil); errors.As(err, &timeout) {
		r.Timeout = timeout.Timeout()
	}
	return r
}

// failure is a refusal as the program sees it: like that of a dial of its own.
type failure struct{ reply }

func (f failure) Error() string   { return f.Why }
func (f failure) Timeout() bool   { return f.reply.Timeout }
func (f failure) Temporary() bool { return f.reply.Timeout }

func (f failure) Unwrap() error {
	if f.Errno == 0 {
		return nil
	}
	return f.Errno
}
