package provisioner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/unixsocket"
)

// adminClient calls the admin listener of one workspace's instance.
type adminClient struct {
	socket    string
	workspace string // its public id, the audience of every token
	actor     string // on whose behalf
	request   string // to the control plane, that the call is part of; may be empty
	signer    *Signer
}

// firstAdmin makes the first system admin, or finds the one that was made, and returns its user id.
func (c adminClient) firstAdmin(ctx context.Context, email, username string) (string, error) {
	var made madeUser
	err := c.call(ctx, http.MethodPut, "/admin/v1/first-admin", map[string]string{"email": email, "username": username}, &made)
	return made.UserID, err
}

// signInLink returns the path, within the workspace, of a link that opens a session once.
func (c adminClient) signInLink(ctx context.Context, user string) (string, error) {
	var link madeLink
	err := c.call(ctx, http.MethodPost, "/admin/v1/sign-in-links", map[string]string{"user_id": user}, &link)
	return link.Path, err
}

// session opens a session and returns its token.
func (c adminClient) session(ctx context.Context, user string) (string, error) {
	var opened openedSession
	err := c.call(ctx, http.MethodPost, "/admin/v1/sessions", map[string]string{"user_id": user}, &opened)
	return opened.Token, err
}

// borders has the instance try to get at what is not its own.
func (c adminClient) borders(ctx context.Context, at target) (tries, error) {
	var list tries
	err := c.call(ctx, http.MethodPost, "/admin/v1/borders", at, &list)
	return list, err
}

// rest asks how the instance could be put to rest now. One that can't say so answers with errUnknownCall.
func (c adminClient) rest(ctx context.Context) (repose, error) {
	var r repose
	err := c.call(ctx, http.MethodGet, "/admin/v1/rest", nil, &r)
	return r, err
}

// visits asks who has used the workspace since a time, and from where.
func (c adminClient) visits(ctx context.Context, since time.Time) (visits, error) {
	var v visits
	err := c.call(ctx, http.MethodGet, "/admin/v1/visits?since="+strconv.FormatInt(since.UnixMilli(), 10), nil, &v)
	return v, err
}

// errUnknownCall is what a server answers whose release doesn't know the call.
var errUnknownCall = errors.New("the server does not know this call")

func (c adminClient) call(ctx context.Context, method, path string, in any, out answer) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := adminRequest(ctx, method, path, in)
	if err != nil {
		return fmt.Errorf("call %s: %w", path, err)
	}
	token, err := c.signer.Token(c.workspace, c.actor)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if c.request != "" {
		req.Header.Set("X-Request-Id", c.request)
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return unixsocket.Dial(ctx, c.socket)
	}}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		return fmt.Errorf("call %s of workspace %s: %w", path, c.workspace, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusNotFound {
		return fmt.Errorf("call %s of workspace %s: %w", path, c.workspace, errUnknownCall)
	}
	if resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusCreated {
		return fmt.Errorf("call %s of workspace %s: answered %s", path, c.workspace, resp.Status)
	}
	if err := readAnswer(resp.Body, out); err != nil {
		return fmt.Errorf("read the answer to %s of workspace %s: %w", path, c.workspace, err)
	}
	return nil
}

// adminRequest is one with a body of JSON; nil: without one.
func adminRequest(ctx context.Context, method, path string, in any) (*http.Request, error) {
	if in == nil {
		return http.NewRequestWithContext(ctx, method, "http://instance"+path, http.NoBody)
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://instance"+path, bytes.NewReader(body))
	if err == nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, err
}
