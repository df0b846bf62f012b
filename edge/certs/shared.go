package certs

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/longhouse-dev/longhouse/edge/certs/wire"
)

const (
	// answerLimit is how long the control plane may take for one answer.
	answerLimit = 5 * time.Second
	// restLimit is how long nobody asks a control plane that could not be reached: what waits for it fails at once.
	restLimit = 2 * time.Second
)

// errControl is returned where the control plane could not be reached, or did not do what it was asked to.
var errControl = errors.New("the control plane is of no help")

// shared is a certmagic.Storage that the control plane keeps for all edges.
type shared struct {
	control   string
	tokenFile string
	client    *http.Client
	edge      string       // how this process is called as the owner of locks
	restUntil atomic.Int64 // unix nanoseconds

	mu   sync.Mutex
	held map[string]lock
}

var _ certmagic.Storage = (*shared)(nil)

// NewStorage returns what all edges share, as one that has the token sees it.
func NewStorage(control, tokenFile string) certmagic.Storage { return newShared(control, tokenFile) }

func newShared(control, tokenFile string) *shared {
	return &shared{
		control: strings.TrimSuffix(control, "/"), tokenFile: tokenFile, edge: rand.Text(), held: map[string]lock{},
		client: &http.Client{
			Timeout: answerLimit, Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: time.Minute},
			// The token is for the configured control plane and nobody it points to.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// ownFolder has what issuers say of whether certificates are still good. Each edge asks for that itself, and keeps it on its disk only:
// certmagic looks for it whenever it reads a certificate, and a control plane that hangs would hold that up.
const ownFolder = "ocsp/"

// Store implements certmagic.Storage.
func (s *shared) Store(ctx context.Context, key string, value []byte) error {
	if strings.HasPrefix(key, ownFolder) {
		return nil
	}
	_, err := s.ask(ctx, http.MethodPut, wire.ValuePath, url.Values{wire.KeyParam: {key}}, value)
	return err
}

// Load implements certmagic.Storage.
func (s *shared) Load(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, ownFolder) {
		return nil, fmt.Errorf("%s: %w", key, fs.ErrNotExist)
	}
	return s.ask(ctx, http.MethodGet, wire.ValuePath, url.Values{wire.KeyParam: {key}}, nil)
}

// Delete implements certmagic.Storage.
func (s *shared) Delete(ctx context.Context, key string) error {
	_, err := s.ask(ctx, http.MethodDelete, wire.ValuePath, url.Values{wire.KeyParam: {key}}, nil)
	return err
}

// Exists implements certmagic.Storage.
func (s *shared) Exists(ctx context.Context, key string) bool {
	_, err := s.Stat(ctx, key)
	return err == nil
}

// Stat implements certmagic.Storage.
func (s *shared) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	var stat wire.Stat
	if err := s.learn(ctx, http.MethodGet, wire.StatPath, url.Values{wire.KeyParam: {key}}, &stat); err != nil {
		return certmagic.KeyInfo{}, err
	}
	return certmagic.KeyInfo{Key: stat.Key, Modified: stat.Modified, Size: stat.Size, IsTerminal: stat.Final}, nil
}

// List implements certmagic.Storage.
func (s *shared) List(ctx context.Context, under string, recursive bool) ([]string, error) {
	under = strings.Trim(under, "/")
	var keys wire.Keys
	if err := s.learn(ctx, http.MethodGet, wire.KeysPath, url.Values{wire.UnderParam: {under}}, &keys); err != nil {
		return nil, err
	}
	list := below(keys.Keys, under, recursive)
	if len(list) == 0 && under != "" {
		return nil, fmt.Errorf("list %q: %w", under, fs.ErrNotExist)
	}
	return list, nil
}

// below returns what is directly under a path, folders too, or with recursive all folders and values under it.
func below(keys []string, under string, recursive bool) []string {
	prefix := under + "/"
	if under == "" {
		prefix = ""
	}
	list := []string{}
	for _, key := range keys {
		rest, ok := strings.CutPrefix(key, prefix)
		if !ok {
			continue
		}
		for i := 0; i <= len(rest); i++ {
			if i == len(rest) || rest[i] == '/' {
				list = append(list, prefix+rest[:i])
				if !recursive {
					break
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (s *shared) learn(ctx context.Context, method, path string, query url.Values, into any) error {
	body, err := s.ask(ctx, method, path, query, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: read its answer: %w", errControl, err)
	}
	return nil
}

// ask returns what the control plane answers to a request that it grants. What isn't there is fs.ErrNotExist; a lock that somebody
// else has is errHeld; a request that it refuses is a refused; all else is errControl.
func (s *shared) ask(ctx context.Context, method, path string, query url.Values, body []byte) ([]byte, error) {
	if time.Now().UnixNano() < s.restUntil.Load() {
		return nil, fmt.Errorf("%w: it could not be reached a moment ago", errControl)
	}
	req, err := s.request(ctx, method, path, query, body)
	if err != nil {
		return nil, err
	}
	res, err := s.client.Do(req)
	if err != nil {
		if ctx.Err() == nil {
			s.restUntil.Store(time.Now().Add(restLimit).UnixNano())
		}
		return nil, fmt.Errorf("%w: %w", errControl, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errControl, err)
	}
	switch {
	case res.StatusCode/100 == 2:
		return answer, nil
	case res.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("%s %s: %w", method, path, fs.ErrNotExist)
	case res.StatusCode == http.StatusConflict:
		return nil, errHeld
	case res.StatusCode == http.StatusUnauthorized:
		return nil, fmt.Errorf("%w: it does not accept the token in %s", errControl, s.tokenFile)
	case res.StatusCode == http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(res.Header.Get("Retry-After"))
		if err != nil || seconds < 1 {
			seconds = 60
		}
		return nil, &tooMany{until: time.Now().Add(time.Duration(min(seconds, int(longestLimit/time.Second))) * time.Second), said: readRefusal(answer).Error()}
	case res.StatusCode/100 == 4:
		return nil, readRefusal(answer)
	}
	return nil, fmt.Errorf("%w: it answers %d", errControl, res.StatusCode)
}

func (s *shared) request(ctx context.Context, method, path string, query url.Values, body []byte) (*http.Request, error) {
	token, err := os.ReadFile(s.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("%w: read the edge token: %w", errControl, err)
	}
	target := s.control + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	req.Header.Set("Content-Type", wire.ContentType)
	return req, nil
}

// refused is what the control plane says of a request that it could grant and doesn't.
type refused string

// Error implements error.
func (r refused) Error() string { return string(r) }

func readRefusal(answer []byte) error {
	var problem struct{ Detail string }
	if err := json.Unmarshal(answer, &problem); err != nil || problem.Detail == "" {
		return fmt.Errorf("%w: it refuses, and says nothing that we understand", errControl)
	}
	return refused(fmt.Sprintf("the control plane refuses: %.300s", problem.Detail))
}
