// Package control asks the control plane of whoever hosts this workspace for what the workspace's admins set there. It never decides who may ask,
// and never says where somebody is who wasn't seen here.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// within is how long the control plane may take: it waits up to 3 s itself for every way in to decide by what was saved.
const within = 15 * time.Second

// Plane is the control plane. Nil: nobody hosts this workspace.
type Plane struct {
	http  *http.Client
	token string
}

// Refused is why the control plane doesn't do something.
type Refused struct {
	Status int
	Detail string // a sentence for people
}

func (r *Refused) Error() string {
	return fmt.Sprintf("the control plane answers %d: %s", r.Status, r.Detail)
}

// New returns the control plane that the settings name, on connections that dial opens, or without one itself.
func New(c config.Control, dial broker.Dial) *Plane {
	if c == (config.Control{}) {
		return nil
	}
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &Plane{token: c.Token, http: &http.Client{Timeout: within,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{DisableKeepAlives: true, MaxConnsPerHost: 2, // a workspace has no more connections there
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, "unix", c.Socket) }}}}
}

// IPFilter returns the workspace's IP filter.
func (p *Plane) IPFilter(ctx context.Context) (upcall.IPFilter, error) {
	return p.ask(ctx, http.MethodGet, nil)
}

// SaveIPFilter puts another list of rules in force, and returns what came of it.
func (p *Plane) SaveIPFilter(ctx context.Context, save upcall.Save) (upcall.IPFilter, error) {
	body, err := json.Marshal(save)
	if err != nil {
		return upcall.IPFilter{}, fmt.Errorf("encode an IP filter: %w", err)
	}
	return p.ask(ctx, http.MethodPut, body)
}

func (p *Plane) ask(ctx context.Context, method string, body []byte) (f upcall.IPFilter, err error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://control"+upcall.IPFilterPath, bytes.NewReader(body))
	if err != nil {
		return f, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	res, err := p.http.Do(req)
	if err != nil {
		return f, fmt.Errorf("ask the control plane: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, upcall.MaxIPFilter+1))
	if err != nil || len(answer) > upcall.MaxIPFilter {
		return f, fmt.Errorf("the control plane's answer of %d bytes can't be read: %w", len(answer), err)
	}
	return parseAnswer(res.StatusCode, answer)
}

// parseAnswer reads what the control plane says; an error is a Refused, or it makes no sense.
func parseAnswer(status int, answer []byte) (f upcall.IPFilter, err error) {
	if status != http.StatusOK {
		why := upcall.Problem{}
		_ = json.Unmarshal(answer, &why) // without it the status says enough
		return f, &Refused{Status: status, Detail: why.Detail}
	}
	if err := json.Unmarshal(answer, &f); err != nil {
		return f, fmt.Errorf("read the control plane's answer: %w", err)
	}
	return f, nil
}
