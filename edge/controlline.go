package edge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// answerLimit is how long the control plane may take to begin its answer.
const answerLimit = 10 * time.Second

// controlLine is how requests reach the control plane.
type controlLine struct {
	control   string
	tokenFile string
	client    *http.Client
}

func newControlLine(control, tokenFile string) *controlLine {
	return &controlLine{control: strings.TrimSuffix(control, "/"), tokenFile: tokenFile, client: &http.Client{
		Transport: &http.Transport{ResponseHeaderTimeout: answerLimit, DisableCompression: true},
		// The token is for the configured control plane and nobody it points to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send reads the token anew each time: it may have been replaced. kind is of the body, and without one of the answer.
func (l *controlLine) send(ctx context.Context, method, target, kind string, body io.Reader) (*http.Response, error) {
	token, err := os.ReadFile(l.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("read the edge token: %w", err)
	}
	bearer := strings.TrimSpace(string(token))
	if bearer == "" {
		return nil, fmt.Errorf("the edge token file %s is empty", l.tokenFile)
	}
	req, err := http.NewRequestWithContext(ctx, method, l.control+target, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	if body == nil {
		req.Header.Set("Accept", kind)
	} else {
		req.Header.Set("Content-Type", kind)
	}
	return l.client.Do(req)
}

// tell sends what is said, and returns an error unless the answer is that it was heard. What names it in errors.
func (l *controlLine) tell(ctx context.Context, target, what string, said any, heard int) error {
	body, err := json.Marshal(said)
	if err != nil {
		return fmt.Errorf("encode %s: %w", what, err)
	}
	res, err := l.send(ctx, http.MethodPost, target, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 4096)) // or the connection could not be used again
	_ = res.Body.Close()
	if res.StatusCode != heard {
		return l.refusedBy(res, what)
	}
	return nil
}

// refusedBy is why an answer is none that helps.
func (l *controlLine) refusedBy(res *http.Response, what string) error {
	switch {
	case res.StatusCode == http.StatusForbidden && res.Header.Get(feed.FencedHeader) != "":
		return errFenced
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		return fmt.Errorf("the control plane answers %d: it does not accept the token in %s", res.StatusCode, l.tokenFile)
	}
	return fmt.Errorf("the control plane answers %d to %s", res.StatusCode, what)
}

// cause prefers the reason for which the context ended over "context canceled".
func cause(ctx context.Context, err error) error {
	if reason := context.Cause(ctx); reason != nil && !errors.Is(reason, context.Canceled) {
		return reason
	}
	return err
}
