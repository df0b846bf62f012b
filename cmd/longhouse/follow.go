package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// eventMost is more than any operation takes as JSON.
const eventMost = 1 << 20

// errNoStream says that there is no stream to be had, here or now, but that one may ask for the operation itself.
var errNoStream = errors.New("there is no stream of the operation")

// followEvents tells each state of an operation that the API streams, until the stream ends, and returns the last one. The error is
// nil only where the operation is over.
func followEvents(ctx context.Context, api *connection, operation string, tell func(client.Operation)) (last client.Operation, err error) {
	res, err := api.FollowOperation(ctx, operation)
	if err != nil {
		return last, unreachable(err)
	}
	defer func() { _ = res.Body.Close() }()
	if kind, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";"); res.StatusCode == http.StatusOK && kind != "text/event-stream" || res.StatusCode == http.StatusTooManyRequests {
		return last, errNoStream
	}
	if res.StatusCode != http.StatusOK {
		return answer[client.Operation](res, nil)
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
	switch {
	case over(last):
		return last, nil
	case last.ID == "": // somebody on the way holds it back
		return last, errNoStream
	}
	return last, unreachable(cmp.Or(err, io.ErrUnexpectedEOF))
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
