package edge

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	// repeatLog is how often a reason that does not change is logged again.
	repeatLog = time.Minute
	// answerLimit is how long the control plane may take to begin its answer.
	answerLimit = 10 * time.Second
)

// follower keeps the keeper up to date from the control plane's stream, for ever.
type follower struct {
	control   string
	tokenFile string
	keeper    *keeper
	log       *slog.Logger
	client    *http.Client
	silence   time.Duration

	connected atomic.Bool
	lastHeard atomic.Int64 // unix nanoseconds; 0 is never
	failures  atomic.Int64
	streams   atomic.Int64
}

func newFollower(control, tokenFile string, k *keeper, log *slog.Logger) *follower {
	return &follower{
		control: strings.TrimSuffix(control, "/"), tokenFile: tokenFile, keeper: k, log: log,
		silence: feed.SilenceLimit,
		client: &http.Client{
			Transport: &http.Transport{ResponseHeaderTimeout: answerLimit, DisableCompression: true},
			// The token is for the configured control plane and nobody it points to.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// run returns when ctx ends. While the control plane can't be reached the edge serves what it last knew.
func (f *follower) run(ctx context.Context) {
	defer f.client.CloseIdleConnections()
	var said string
	var saidAt time.Time
	pause := firstPause
	for {
		heard := f.lastHeard.Load()
		err := f.follow(ctx)
		f.connected.Store(false)
		if ctx.Err() != nil {
			return
		}
		f.failures.Add(1)
		if f.lastHeard.Load() != heard {
			pause = firstPause
		}
		if err.Error() != said || time.Since(saidAt) > repeatLog {
			said, saidAt = err.Error(), time.Now()
			f.log.Warn("route stream ended; serving what is known", "error", err, "version", f.keeper.table.Version(),
				"routes", f.keeper.table.Len())
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause/2 + rand.N(pause/2+1)):
		}
		pause = min(2*pause, longestPause)
	}
}

// follow connects once and learns until the stream ends, which is always an error.
func (f *follower) follow(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watchdog := time.AfterFunc(f.silence, func() { cancel(fmt.Errorf("nothing heard for %s", f.silence)) })
	defer watchdog.Stop()

	res, err := f.connect(ctx)
	if err != nil {
		return cause(ctx, err)
	}
	defer res.Body.Close()
	f.connected.Store(true)
	f.streams.Add(1)
	f.log.Info("route stream connected", "control", f.control, "version", f.keeper.table.Version())

	lines := feed.NewReader(res.Body)
	defer f.keeper.settle()
	for {
		m, err := lines.Next()
		if err != nil {
			return cause(ctx, err)
		}
		watchdog.Reset(f.silence)
		if err := f.keeper.learn(m); err != nil {
			return err
		}
		f.lastHeard.Store(time.Now().UnixNano())
		if !lines.More() {
			f.keeper.settle()
		}
	}
}

func (f *follower) connect(ctx context.Context) (*http.Response, error) {
	token, err := os.ReadFile(f.tokenFile)
	if err != nil {
		return nil, fmt.Errorf("read the edge token: %w", err)
	}
	bearer := strings.TrimSpace(string(token))
	if bearer == "" {
		return nil, fmt.Errorf("the edge token file %s is empty", f.tokenFile)
	}
	target := f.control + feed.Path
	if f.keeper.table.Ready() {
		knows := url.Values{feed.SinceParam: {strconv.FormatInt(f.keeper.table.Version(), 10)}}
		if history := f.keeper.table.History(); history != "" {
			knows.Set(feed.HistoryParam, history)
		}
		target += "?" + knows.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Accept", feed.ContentType)
	res, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, refusedBy(res.StatusCode, f.tokenFile)
	}
	return res, nil
}

func refusedBy(status int, tokenFile string) error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return fmt.Errorf("the control plane answers %d: it does not accept the token in %s", status, tokenFile)
	}
	return fmt.Errorf("the control plane answers %d to the route stream", status)
}

// cause prefers the reason for which the context ended over "context canceled".
func cause(ctx context.Context, err error) error {
	if reason := context.Cause(ctx); reason != nil && !errors.Is(reason, context.Canceled) {
		return reason
	}
	return err
}
