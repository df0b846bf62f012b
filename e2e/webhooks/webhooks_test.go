package webhooks

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	standard "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

const kills, each = 3, 4

// TestEverythingArrivesInOrderWhileWorkersAreKilled kills the worker again and again after a message has arrived and before it
// knows, while the receiver refuses each third request.
func TestEverythingArrivesInOrderWhileWorkersAreKilled(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--no-worker", "--webhooks", "127.0.0.0/8")
	worker := m.Worker(t, "")
	c := m.SignUp(t, "hooked")
	r := listen(t)
	var made struct {
		Secret  string `json:"secret"`
		Webhook struct {
			ID string `json:"id"`
		} `json:"webhook"`
	}
	m.CLI(t, c.Token, &made, "webhooks", "add", r.URL, "--event", "token.create")
	r.trust(made.Secret)
	var want []string
	for kill := range kills {
		r.kill(func() {
			worker.Signal(t, syscall.SIGKILL)
			<-worker.End
		})
		for i := range each {
			name := fmt.Sprintf("n%d-%d", kill, i)
			want = append(want, name)
			m.CLI(t, c.Token, nil, "tokens", "create", name, "--scope", "tenant:read")
		}
		select {
		case <-worker.End:
		case <-time.After(2 * time.Minute):
			t.Fatal("nothing arrived")
		}
		worker = m.Worker(t, "")
	}
	machine.Eventually(t, 3*time.Minute, "everything to arrive", func() error { return r.has(len(want)) })
	if got := r.names(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	var waiting []any
	machine.Eventually(t, 2*time.Minute, "everything to be acknowledged", func() error {
		m.CLI(t, c.Token, &waiting, "webhooks", "deliveries", made.Webhook.ID, "--state", "waiting")
		if len(waiting) > 0 {
			return fmt.Errorf("%d wait", len(waiting))
		}
		return nil
	})
	var log []struct {
		State    string `json:"state"`
		Attempts int    `json:"attempts"`
	}
	m.CLI(t, c.Token, &log, "webhooks", "deliveries", made.Webhook.ID, "--limit", "0")
	attempts := 0
	for _, d := range log {
		attempts += d.Attempts
	}
	if len(log) != len(want) || attempts < len(want) {
		t.Errorf("the log has %d deliveries and %d attempts", len(log), attempts)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.again) < kills {
		t.Errorf("%d came again after %d kills", len(r.again), kills)
	}
	t.Logf("%d events, %d requests, %d came again after %d kills", len(want), r.requests, len(r.again), kills)
}

// trust has all messages from now on checked.
func (r *receiver) trust(secret string) {
	check, err := standard.NewWebhook(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.check = check
}
