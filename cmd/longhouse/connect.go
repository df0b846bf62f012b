package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/edge/feed"
)

const defaultAPI = "http://127.0.0.1:8064"

// answerMost is many times the largest page of a list.
const answerMost = 64 << 20

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
	transport := persistent{next: newLively(feed.SilenceLimit), writes: writesFor, reads: readsFor}
	c, err := client.NewClient(api, client.WithHTTPClient(&http.Client{Transport: transport}),
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

// answer turns what a call gave into its value, or into a failure.
func answer[T any](res *http.Response, err error) (T, error) {
	var value T
	if err != nil {
		return value, unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, answerMost+1))
	switch {
	case err != nil:
		return value, unreachable(err)
	case len(raw) > answerMost:
		return value, fmt.Errorf("%s answers more than %d bytes, which Longhouse's API never does", res.Request.URL.Host, answerMost)
	case res.StatusCode == http.StatusNoContent:
		return value, nil
	case res.StatusCode == http.StatusOK && res.Header.Get("Content-Type") == planType:
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
	p.Status = int64(res.StatusCode)
	return value, &failure{codeOf(p), p}
}

// codeOf is how a verb ends that got this answer.
func codeOf(p client.Problem) int {
	switch {
	case p.Status == http.StatusUnauthorized:
		return exitNotSignedIn
	case p.Title == answerLost:
		return exitUnreachable
	}
	return exitRefused
}

// answerLost is how the API calls it that a write was done, and what came of it is not known any more.
const answerLost = "Answer Lost"

// unreachable is an answer that never came.
func unreachable(err error) error {
	where, cause := "", err
	if asked := (*url.Error)(nil); errors.As(err, &asked) {
		if u, parseErr := url.Parse(asked.URL); parseErr == nil {
			where = " at " + u.Scheme + "://" + u.Host
		}
		cause = asked.Err
	}
	if broke := (*unanswered)(nil); errors.As(err, &broke) {
		return fail(exitUnreachable, "Unanswered", "the API%s: %s", where, broke)
	}
	return fail(exitUnreachable, "Unreachable", "can't reach the API%s: %s; is `longhouse up` running? LONGHOUSE_API says where it is", where, cause)
}
