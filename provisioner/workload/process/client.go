package process

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// How long the agent may take to answer, so that one that hangs is an error; a caller's context can make it shorter.
const (
	agentWithin  = 10 * time.Second
	drainsWithin = workload.MaxDrainGrace + 15*time.Second
)

// maxAnswer is many times what a list of all instances of a machine takes.
const maxAnswer = 64 << 20

// Client is the workload.Host of the machine whose agent listens on a socket.
type Client struct {
	http   *http.Client
	within time.Duration // for a call that waits for no instance's end
}

var _ workload.Host = (*Client)(nil)

// NewClient connects when it is used; see Socket for where.
func NewClient(socket string) *Client {
	return &Client{within: agentWithin, http: &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}}
}

// Apply implements workload.Engine.
func (c *Client) Apply(ctx context.Context, d workload.Desired) error {
	if err := d.Validate(); err != nil {
		return err
	}
	return c.call(ctx, c.within, http.MethodPut, "instances/"+d.ID, d, nil)
}

// Observe implements workload.Engine.
func (c *Client) Observe(ctx context.Context, id string) (o workload.Observed, err error) {
	if err := workload.ValidID(id); err != nil {
		return o, err
	}
	err = c.call(ctx, c.within, http.MethodGet, "instances/"+id, nil, &o)
	if err == nil && o.ID != id {
		return workload.Observed{}, fmt.Errorf("the workload agent was asked about %s and answered about %q", id, o.ID)
	}
	return o, err
}

// Remove implements workload.Engine. It waits for the longest grace there is: a caller who knows the instance's sets a
// deadline.
func (c *Client) Remove(ctx context.Context, id string, generation int64) error {
	if err := workload.ValidID(id); err != nil {
		return err
	}
	return c.call(ctx, drainsWithin, http.MethodDelete, "instances/"+id+"?generation="+strconv.FormatInt(generation, 10), nil, nil)
}

// List implements workload.Lister.
func (c *Client) List(ctx context.Context) (list []workload.Observed, err error) {
	err = c.call(ctx, c.within, http.MethodGet, "instances", nil, &list)
	return list, err
}

// Borders says what separates the instances of this machine.
func (c *Client) Borders(ctx context.Context) (b Borders, err error) {
	err = c.call(ctx, c.within, http.MethodGet, "borders", nil, &b)
	return b, err
}

// StopAll drains and stops every instance and starts no other until the agent starts again, which then runs them
// all: it is for stopping the whole machine.
func (c *Client) StopAll(ctx context.Context) error {
	return c.call(ctx, drainsWithin, http.MethodPost, "stop-all", nil, nil)
}

func (c *Client) call(ctx context.Context, within time.Duration, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://agent/v1/"+path, body)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the workload agent: %w", err)
	}
	defer resp.Body.Close()
	return take(resp.StatusCode, resp.Body, out)
}

// take reads an answer of the agent, whole and not without end.
func take(status int, body io.Reader, out any) error {
	text, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the workload agent's answer: %w", err)
	case len(text) > maxAnswer:
		return fmt.Errorf("the workload agent answered more than %d bytes", maxAnswer)
	case status/100 != 2:
		return refusal(status, text)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read the workload agent's answer: %w", err)
	}
	return nil
}

// refused is an answer of the agent: its sentence, and the error that callers branch on.
type refused struct {
	message string
	kind    error
}

func (r refused) Error() string { return r.message }
func (r refused) Unwrap() error { return r.kind }

func refusal(status int, text []byte) error {
	var body wireError
	if json.Unmarshal(text, &body) != nil || body.Message == "" {
		return fmt.Errorf("the workload agent answered %d", status)
	}
	r := refused{message: body.Message}
	for _, c := range codes {
		if c.code == body.Code {
			r.kind = c.err
		}
	}
	return r
}
