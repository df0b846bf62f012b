package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

const defaultAPI = "http://127.0.0.1:8064"

// connection is the API, spoken to as somebody or as nobody.
type connection struct {
	*client.Client
	api string
}

// connect speaks to the API as whoever LONGHOUSE_TOKEN or the saved login says. The saved login is for the API that it
// was saved for, and never sent to another.
func connect() (*connection, error) {
	saved, err := readLogin()
	if err != nil {
		return nil, err
	}
	api, token := apiAddress(saved), os.Getenv("LONGHOUSE_TOKEN")
	if token == "" && saved.API == api {
		token = saved.Token
	}
	if token == "" {
		return nil, fail(exitNotSignedIn, "Not signed in", "you are not signed in at %s; use `longhouse login`, or set LONGHOUSE_TOKEN", api)
	}
	return dial(api, token)
}

// connectAsNobody is for what needs no credentials.
func connectAsNobody() (*connection, error) {
	saved, err := readLogin()
	if err != nil {
		return nil, err
	}
	return dial(apiAddress(saved), "")
}

func apiAddress(saved login) string {
	for _, address := range []string{os.Getenv("LONGHOUSE_API"), saved.API} {
		if address != "" {
			return strings.TrimRight(address, "/")
		}
	}
	return defaultAPI
}

func dial(api, token string) (*connection, error) {
	at, err := url.Parse(api)
	switch {
	case err == nil && at.User != nil: // not repeated: it may hold a password
		return nil, usage("the API's address holds a user name; leave it out, and sign in or set LONGHOUSE_TOKEN")
	case err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Hostname() == "" || at.RawQuery != "" || at.ForceQuery || at.Fragment != "" || strings.Contains(api, "#"):
		return nil, usage("the API's address is %q; it must have the form http://host:port or https://host, as LONGHOUSE_API or the saved login say it", api)
	}
	c, err := client.NewClient(api, client.WithHTTPClient(&http.Client{Transport: persistent{}, Timeout: time.Minute}),
		client.WithRequestEditorFn(rehearse), client.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			if token != "" {
				r.Header.Set("Authorization", "Bearer "+token)
			}
			r.Header.Set("User-Agent", "longhouse")
			return nil
		}))
	if err != nil {
		return nil, fmt.Errorf("speak to %s: %w", api, err)
	}
	return &connection{c, api}, nil
}

// persistent asks once more when a connection broke before the answer was there. A write bears an idempotency key, so that
// it happens once.
type persistent struct{}

// RoundTrip implements http.RoundTripper.
func (persistent) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		r = r.Clone(r.Context())
		r.Header.Set("Idempotency-Key", rand.Text())
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if dialing := (*net.OpError)(nil); err == nil || errors.As(err, &dialing) && dialing.Op == "dial" || r.Context().Err() != nil {
		return res, err
	}
	if r.GetBody != nil {
		if r.Body, err = r.GetBody(); err != nil {
			return nil, err
		}
	}
	return http.DefaultTransport.RoundTrip(r)
}

// answer turns what a call gave into its value, or into a failure.
func answer[T any](res *http.Response, err error) (T, error) {
	var value T
	if err != nil {
		return value, unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return value, unreachable(err)
	case res.StatusCode == http.StatusNoContent:
		return value, nil
	case res.Header.Get("Content-Type") == planType:
		rehearsed := &planned{}
		if err := json.Unmarshal(raw, &rehearsed.plan); err != nil {
			return value, fmt.Errorf("read a plan: %w", err)
		}
		return value, rehearsed
	case res.StatusCode/100 == 2 && json.Unmarshal(raw, &value) == nil:
		return value, nil
	}
	var p client.Problem
	if json.Unmarshal(raw, &p) != nil || p.Detail == "" {
		return value, fmt.Errorf("%s answers %s, which is not Longhouse's API", res.Request.URL.Host, res.Status)
	}
	if p.Status == http.StatusUnauthorized {
		return value, &failure{exitNotSignedIn, p}
	}
	return value, &failure{exitRefused, p}
}

// unreachable is an answer that never came.
func unreachable(err error) error {
	where, cause := "", err
	if asked := (*url.Error)(nil); errors.As(err, &asked) {
		if u, parseErr := url.Parse(asked.URL); parseErr == nil {
			where = " at " + u.Scheme + "://" + u.Host
		}
		cause = asked.Err
	}
	return fail(exitUnreachable, "Unreachable", "can't reach the API%s: %s; is `longhouse up` running? LONGHOUSE_API says where it is", where, cause)
}
