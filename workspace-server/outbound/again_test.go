package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestACallIsWorthAnotherTryWhereItWasNotTaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		does http.HandlerFunc
		want bool
	}{
		"taken":      {says("here"), false},
		"refused":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) }, false},
		"failed":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, true},
		"broken off": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, true},
		"slow":       {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, false},
		"too long":   {says(strings.Repeat("x", longestAnswer+1)), false},
	} {
		p := start(t, c.does)
		to, _ := client(t, "127.0.0.1", nil)
		if name == "slow" {
			to.http.Timeout = 50 * time.Millisecond
		}
		if answer, err := to.Do(t.Context(), Call{Method: http.MethodPost, URL: p.url}); Again(answer, err) != c.want || p.reached.Load() != 1 {
			t.Errorf("%s: %t, after %d calls (%d, %v)", name, !c.want, p.reached.Load(), answer.Status, err)
		}
	}
}

func TestACallIsWorthAnotherTryWhereNobodyWasReached(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	refuses := func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){"nobody listens": refuses, "nobody answers": hangs} {
		c, _ := client(t, "", dial)
		c.http.Timeout = 50 * time.Millisecond
		if answer, err := c.Do(t.Context(), Call{Method: http.MethodPost, URL: "http://there.example"}); err == nil || !Again(answer, err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, _ := client(t, "", nil)
	for address, why := range map[string]error{"http://127.0.0.1:1": ErrForbidden, "http://[": errNowhere} {
		if answer, err := c.Do(t.Context(), Call{Method: http.MethodPost, URL: address}); !errors.Is(err, why) || Again(answer, err) {
			t.Errorf("%s: %v", address, err)
		}
	}
}
