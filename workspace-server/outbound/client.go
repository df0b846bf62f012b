// Package outbound owns every request that this server makes to programs of others: where it may go, how long it takes, how much it
// takes in, and what is told of it. It never knows what is said, and trusts nothing that comes back.
package outbound

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

const (
	longestAnswer = 1 << 20
	mostAtATime   = 24 // the agent opens 32 connections to the internet for one instance
	mostOfOne     = 6  // of these, of one user: who calls what answers late keeps nobody else from calling
	mostDialled   = 8  // at a time, of 16 that the agent opens for one instance: nobody who calls what doesn't answer keeps it from its database
	mostRedirects = 3
)

var (
	errNowhere = errors.New("the address is none")
	errLong    = fmt.Errorf("the answer is longer than %d bytes", longestAnswer)
	errBusy    = &unconnectedError{errors.New("too many calls of this server are under way")}
)

// Client calls integrations.
type Client struct {
	allowed config.Integrations
	asked   broker.Dial // nil: it opens connections by itself
	log     *slog.Logger
	http    *http.Client
	turns   turns
	held    held
	dials   turns
	quiet   bool // calls that succeed are not worth a line
}

// NewClient makes a client that goes where the settings allow, on connections that dial opens, or without one itself.
func NewClient(allowed config.Integrations, dial broker.Dial, log *slog.Logger) *Client {
	allowed.Within = cmp.Or(allowed.Within, 30*time.Second)
	c := &Client{allowed: allowed, asked: dial, log: log, turns: make(turns, mostAtATime), held: held{byUser: map[id.ID]int{}}, dials: make(turns, mostDialled)}
	c.http = &http.Client{Timeout: allowed.Within, CheckRedirect: follow, Transport: &http.Transport{
		DialContext: c.dial, DisableKeepAlives: true, TLSHandshakeTimeout: connectWithin, MaxResponseHeaderBytes: 64 << 10}}
	return c
}

// Longest is how long a call takes at most, with the time that it waits for its turn.
func (c *Client) Longest() time.Duration { return 2 * c.allowed.Within }

// Call is a request to an integration.
type Call struct {
	For    string // what it is, for the operator's log
	By     id.ID  // the user who waits for it; zero: nobody does
	Method string
	URL    string
	Kind   string // of the body, where there is one
	Header http.Header
	Body   []byte
}

// Answer is what came back, whatever it says.
type Answer struct {
	Status int
	Kind   string // its Content-Type
	Body   []byte
}

// OK reports whether the integration says that it did what it was asked.
func (a Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Do calls once. An error names no secret: neither path nor query of the address.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	if !c.held.take(call.By) {
		return Answer{}, errBusy
	}
	defer c.held.giveBack(call.By)
	if err := c.turns.take(ctx, c.allowed.Within); err != nil {
		c.note(ctx, call, Answer{}, err, 0)
		return Answer{}, err
	}
	defer c.turns.giveBack()
	began := time.Now()
	answer, err := c.try(ctx, call)
	c.note(ctx, call, answer, err, time.Since(began))
	return answer, err
}

func (c *Client) try(ctx context.Context, call Call) (Answer, error) {
	request, err := http.NewRequestWithContext(ctx, call.Method, call.URL, bytes.NewReader(call.Body))
	if err != nil {
		return Answer{}, errNowhere
	}
	if call.Header != nil {
		request.Header = call.Header.Clone()
	}
	request.Header.Set("User-Agent", "Longhouse")
	request.Header.Set("Accept", "application/json")
	if call.Kind != "" {
		request.Header.Set("Content-Type", call.Kind)
	}
	connected := false
	response, err := c.http.Do(request.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected = true }})))
	if err != nil && !connected {
		return Answer{}, &unconnectedError{plain(err)}
	}
	if err != nil {
		return Answer{}, plain(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestAnswer+1))
	if err == nil && len(body) > longestAnswer {
		err = errLong
	}
	if err != nil {
		return Answer{}, plain(err)
	}
	return Answer{Status: response.StatusCode, Kind: response.Header.Get("Content-Type"), Body: body}, nil
}

// follow goes elsewhere for what is only read, and not far; what is sent stays where it was sent to. Each address is judged where it is dialled.
func follow(next *http.Request, before []*http.Request) error {
	if before[0].Method != http.MethodGet || len(before) > mostRedirects {
		return http.ErrUseLastResponse
	}
	next.Header.Del("Referer") // the query of a command has its token
	next.Header.Del("Authorization")
	return nil
}

// plain is an error without the address, which may be a secret.
func plain(err error) error {
	var at *url.Error
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

func (c *Client) note(ctx context.Context, call Call, answer Answer, err error, took time.Duration) {
	host := ""
	if u, wrong := url.Parse(call.URL); wrong == nil {
		host = u.Host
	}
	line := []any{"for", call.For, "host", host, "status", answer.Status, "seconds", took.Seconds()}
	if err != nil {
		c.log.WarnContext(ctx, "an integration could not be called", append(line, "error", err.Error())...)
		return
	}
	if c.quiet {
		return
	}
	c.log.InfoContext(ctx, "an integration was called", line...)
}
