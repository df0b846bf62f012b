package invariant

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// patience is how long something may take that has to come in the end.
const patience = 2 * time.Minute

// call asks the control plane, which may be down for a while, and returns its status. Whoever asks again asks for the same.
func (w *world) call(method, path, token string, body, into any) (status int, said []byte) {
	w.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.fail("%s %s: %v", method, path, err)
		}
	}
	key, deadline := rand.Text(), time.Now().Add(patience)
	for {
		status, said, err := w.once(method, path, token, key, text)
		// What an API that died was serving counts as being served for a minute. Who saves may as well look what became of it.
		busy := status == http.StatusConflict && method != http.MethodPut && bytes.Contains(said, []byte("is still being served"))
		if err == nil && status < http.StatusInternalServerError && status != http.StatusTooManyRequests && !busy {
			if into != nil && status < http.StatusMultipleChoices {
				if err := json.Unmarshal(said, into); err != nil {
					w.fail("%s %s: %d %s: %v", method, path, status, said, err)
				}
			}
			return status, said
		}
		if time.Now().After(deadline) {
			w.fail("%s %s: %d %s, %v", method, path, status, said, err)
		}
		w.rest()
	}
}

func (w *world) once(method, path, token, key string, text []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, w.api+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	said, err := io.ReadAll(res.Body)
	return res.StatusCode, said, err
}

// want is call for what has to work.
func (w *world) want(method, path, token string, body, into any) {
	w.t.Helper()
	if status, said := w.call(method, path, token, body, into); status >= http.StatusMultipleChoices {
		w.fail("%s %s: %d %s", method, path, status, said)
	}
}

// until tries until something holds.
func (w *world) until(what string, try func() error) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			w.fail("waited %s for %s: %v", patience, what, err)
		}
		w.rest()
	}
}

// grows waits until a counter has grown by so much.
func (w *world) grows(what string, counter *atomic.Int64, by int64) {
	w.t.Helper()
	from := counter.Load()
	w.until(fmt.Sprintf("%d more of %s", by, what), func() error {
		if n := counter.Load() - from; n < by {
			return fmt.Errorf("%d so far", n)
		}
		return nil
	})
}

// rest is the pause before the next try, unless it is over.
func (w *world) rest() {
	if w.t.Failed() {
		w.t.FailNow()
	}
	w.pause(20 * time.Millisecond)
}

func (w *world) pause(d time.Duration) { <-time.After(d) }

// query asks the control plane's database, which may be down for a while.
func (w *world) query(statement string) (said string) {
	w.t.Helper()
	w.until(statement, func() (err error) {
		said, err = w.m.Query(statement)
		return err
	})
	return said
}

// operation is what is done to a workspace.
type operation struct {
	ID, State, Message string
	RequestedBy        string    `json:"requested_by"`
	CreatedAt          time.Time `json:"created_at"`
}

// ask has an operation done to a workspace, and returns how it ended. Whoever came for the workspace may have had it woken a moment ago, which has
// to end first.
func (w *world) ask(h *house, method, verb string) operation {
	w.t.Helper()
	var asked struct {
		operation
		Operation *operation `json:"operation"`
	}
	began := time.Now()
	w.until(verb+" of "+h.slug, func() error {
		status, said := w.call(method, "/workspaces/"+h.id+verb, h.token, nil, &asked)
		if status >= http.StatusMultipleChoices && status != http.StatusConflict {
			w.fail("%s of %s: %d %s", verb, h.slug, status, said)
		}
		if status != http.StatusConflict {
			return nil
		}
		var did bool
		if asked.operation, did = w.didAsk(h, began); did {
			return nil
		}
		return fmt.Errorf("%s", said)
	})
	op := asked.operation
	if asked.Operation != nil {
		op = *asked.Operation
	} else if op.ID == "" {
		return operation{State: "succeeded"}
	}
	w.until("the end of "+verb+" of "+h.slug, func() error {
		w.want(http.MethodGet, "/operations/"+op.ID, h.token, nil, &op)
		if op.State != "succeeded" && op.State != "undone" {
			return fmt.Errorf("it is %s: %s", op.State, op.Message)
		}
		return nil
	})
	return op
}

// didAsk returns the operation on a workspace that somebody, of whom there is one, asked for since then. An API that died may have begun it, and
// nobody has heard that it did.
func (w *world) didAsk(h *house, since time.Time) (op operation, did bool) {
	w.t.Helper()
	var list struct{ Items []operation }
	w.want(http.MethodGet, "/operations?limit=5&workspace="+h.id, h.token, nil, &list)
	for _, op := range list.Items {
		if op.CreatedAt.After(since) && strings.HasPrefix(op.RequestedBy, "per_") {
			return op, true
		}
	}
	return operation{}, false
}

// must is ask for what has to be done in the end.
func (w *world) must(h *house, method, verb string) {
	w.t.Helper()
	if op := w.ask(h, method, verb); op.State != "succeeded" {
		w.fail("%s of %s: %+v", verb, h.slug, op)
	}
}
