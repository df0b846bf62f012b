package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// eventMost is more than any operation takes as JSON.
const eventMost = 1 << 20

// followEvents tells each state of an operation that the API streams, until the stream ends, and returns the last one. Whoever
// gets an error, or an operation that is not over, asks again in another way.
func followEvents(ctx context.Context, api *connection, operation string, tell func(client.Operation)) (last client.Operation, err error) {
	res, err := api.FollowOperation(ctx, operation)
	if err != nil {
		return last, err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return last, fmt.Errorf("the stream was answered %s", res.Status)
	}
	err = events(res.Body, func(data []byte) error {
		var op client.Operation
		if err := json.Unmarshal(data, &op); err != nil {
			return fmt.Errorf("read an event: %w", err)
		}
		last = op
		tell(op)
		return nil
	})
	return last, err
}

// events reads server-sent events, of which only those with one line of data are sent here.
func events(stream io.Reader, each func(data []byte) error) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, eventMost)
	for lines.Scan() {
		if data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: ")); ok {
			if err := each(data); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}
