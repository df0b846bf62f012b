package workload

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	pingPath  = "/api/v4/system/ping"
	pingEvery = 5 * time.Millisecond // short: the wait for a new workspace is a person's wait
	pingTries = 2 * time.Second      // for one answer
)

// Ping waits until the instance that listens on the unix socket says it is ready, or until ctx ends; the error
// then says what the last try ran into.
func Ping(ctx context.Context, socket string) error {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		},
	}}
	again := time.NewTicker(pingEvery)
	defer again.Stop()
	var last error
	for {
		err := pingOnce(ctx, client)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil { // a try that ctx cut short says nothing about the instance
			last = err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w (last try: %w)", socket, ctx.Err(), last)
		}
	}
}

func pingOnce(ctx context.Context, client *http.Client) error {
	ctx, cancel := context.WithTimeout(ctx, pingTries)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://instance"+pingPath, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answered %s", resp.Status)
	}
	return nil
}
