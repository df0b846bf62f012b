package controlplane

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// stream follows an operation; each read of the channel is the next event, and it is closed when the stream ends.
func (b *bundle) stream(token, operation string) <-chan Operation {
	b.t.Helper()
	req, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+prefix+"/operations/"+operation+"/events", nil)
	b.must(err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	b.must(err)
	if kind := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || kind != "text/event-stream" {
		b.t.Fatalf("the stream is answered %s, %s", res.Status, kind)
	}
	told := make(chan Operation)
	go func() {
		defer close(told)
		defer res.Body.Close()
		for lines := bufio.NewScanner(res.Body); lines.Scan(); {
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				var op Operation
				if json.Unmarshal([]byte(data), &op) != nil {
					return
				}
				told <- op
			}
		}
	}()
	return told
}

func TestAnOperationIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	told := b.stream(up.Token, up.Operation.ID)
	if first := <-told; first.State != "queued" || first.ID != up.Operation.ID {
		t.Fatalf("first told: %+v", first)
	}
	_, err := b.pool.Exec(t.Context(), "update operations set state = 'running', step = 'storage', message = 'doing storage' where id = $1", b.uuid(id.Operation, up.Operation.ID))
	b.must(err)
	if next := <-told; next.State != "running" || next.Message != "doing storage" {
		t.Fatalf("then told: %+v", next)
	}
	b.finish(up.Operation.ID)
	if last := <-told; last.State != "succeeded" {
		t.Fatalf("at last told: %+v", last)
	}
	if more, open := <-told; open {
		t.Errorf("after its end: %+v", more)
	}
}

func TestAStreamEndsWithTheSessionThatOpenedIt(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.server.heartbeat = 1 // each look is also a check
	up := b.signUp("engines")
	told := b.stream(up.Token, up.Operation.ID)
	<-told
	b.want(http.StatusNoContent, post, "/logout", up.Token, nil)
	if more, open := <-told; open {
		t.Errorf("after log-out: %+v", more)
	}
}

func TestNobodyFollowsMoreThanASeatEach(t *testing.T) {
	t.Parallel()
	b := setup(t)
	up := b.signUp("engines")
	for range seatsMost {
		<-b.stream(up.Token, up.Operation.ID)
	}
	b.refused(http.StatusTooManyRequests, "20 operations", get, "/operations/"+up.Operation.ID+"/events", up.Token, nil)
	other := b.signUp("others")
	<-b.stream(other.Token, other.Operation.ID)
}
