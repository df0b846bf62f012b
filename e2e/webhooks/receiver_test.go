package webhooks

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// receiver takes in two of three messages, and keeps those that it has already.
type receiver struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	check    *standard.Webhook
	strike   func()
	requests int
	events   []event  // taken in, each once, in their order
	again    []string // came once more after that
}

type event struct {
	ID    string `json:"id"`
	Type  string `json:"type"`
	Place int64  `json:"place"`
	Data  struct {
		Details map[string]string `json:"details"`
	} `json:"data"`
}

func listen(t *testing.T) *receiver {
	r := &receiver{t: t}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil { // whoever sent it was killed
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var e event
	if err := json.Unmarshal(body, &e); err != nil || e.ID != req.Header.Get("webhook-id") {
		r.t.Errorf("%v: %s", err, body)
	}
	if r.check != nil {
		if err := r.check.Verify(body, req.Header); err != nil {
			r.t.Errorf("%s: %v", e.ID, err)
		}
	}
	if r.requests++; r.requests%3 == 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	for _, seen := range r.events {
		if seen.ID == e.ID {
			r.again = append(r.again, e.ID)
			return
		}
	}
	if n := len(r.events); e.Type != "test" && n > 0 && e.Place <= r.events[n-1].Place {
		r.t.Errorf("place %d comes behind %d", e.Place, r.events[n-1].Place)
	}
	r.events = append(r.events, e)
	if r.strike != nil {
		r.strike()
		r.strike = nil
	}
}

// kill has the sender killed when the next message was taken in, and before it learns of that.
func (r *receiver) kill(strike func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.strike = strike
}

// names are those of the API tokens whose making was told.
func (r *receiver) names() (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Type == "token.create" {
			names = append(names, e.Data.Details["name"])
		}
	}
	return names
}

func (r *receiver) has(n int) error {
	if names := r.names(); len(names) != n {
		return fmt.Errorf("%d of %d arrived", len(names), n)
	}
	return nil
}
