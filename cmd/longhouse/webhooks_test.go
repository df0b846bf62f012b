package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/maintenance"
	"github.com/longhouse-dev/longhouse/tenants"
)

// deliver lets a courier work, which goes to the public internet only.
func (s *shell) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	var working sync.WaitGroup
	hooks := s.store.Webhooks([32]byte{1}, nil)
	courier := maintenance.NewCourier(hooks, maintenance.NewSender(nil, prometheus.NewRegistry()), "test", rounds.New(nil), slog.New(slog.DiscardHandler))
	working.Go(func() { courier.Run(ctx) })
	s.t.Cleanup(func() {
		cancel()
		working.Wait()
	})
}

func TestAWebhooksLifeOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var made client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://localhost:1/in", "--event", "workspace.*,token.create", "--description", "ours", "--json").into(t, &made)
	hook := made.Webhook.ID
	if r := s.want(exitDone, "webhooks", "list"); !strings.Contains(r.out, hook) || strings.Contains(r.out, "whsec_") || !strings.Contains(r.out, "token.create,workspace.*") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitRefused, "webhooks", "add", "https://10.0.0.1/"); !strings.Contains(r.err, "public internet only") {
		t.Errorf("%s", r.err)
	}
	s.want(exitUsage, "webhooks", "update", hook)
	s.want(exitUsage, "webhooks", "update", hook, "--enable", "--disable")
	if r := s.want(exitDone, "webhooks", "update", hook, "--disable", "--all-events"); !strings.Contains(r.out, "disabled (asked)") || !strings.Contains(r.out, "events       all") {
		t.Errorf("%s", r.out)
	}
	s.want(exitUsage, "webhooks", "rotate-secret", hook, "--overlap", "90m")
	if r := s.want(exitDone, "webhooks", "rotate-secret", hook, "--overlap", "48h"); !strings.HasPrefix(r.out, "whsec_") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "webhooks", "show", hook); !strings.Contains(r.out, "old secret signs until") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "webhooks", "remove", hook)
	s.want(exitRefused, "webhooks", "show", hook)
}

func TestWhatWasDeliveredIsSeenAndSentAgain(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var made client.CreatedWebhook
	s.want(exitDone, "webhooks", "add", "https://localhost:1/in", "--json").into(t, &made)
	hook := made.Webhook.ID
	s.deliver()
	if r := s.want(exitRefused, "webhooks", "test", hook); !strings.Contains(r.err, "webhooks don't go there") {
		t.Errorf("%s", r.err)
	}
	var log []client.Delivery
	s.want(exitDone, "webhooks", "deliveries", hook, "--state", "failed", "--json").into(t, &log)
	if len(log) != 1 || log[0].Event != "test" || log[0].LastAttempt.Outcome != client.AttemptOutcomeForbidden {
		t.Fatalf("%+v", log)
	}
	if r := s.want(exitDone, "webhooks", "deliveries", hook, log[0].ID); !strings.Contains(r.out, `"type":"test"`) || !strings.Contains(r.out, "forbidden") {
		t.Errorf("%s", r.out)
	}
	s.want(exitUsage, "webhooks", "replay", hook)
	s.want(exitUsage, "webhooks", "replay", hook, log[0].ID, "--since", "1h")
	s.want(exitUsage, "webhooks", "replay", hook, "--since", "yesterday")
	if r := s.want(exitRefused, "webhooks", "replay", hook, log[0].ID); !strings.Contains(r.err, "ask for another one") {
		t.Errorf("%s", r.err)
	}
	for _, since := range []string{"1h", "7d", time.Now().UTC().Format(time.DateOnly), time.Now().Add(-time.Minute).UTC().Format(time.RFC3339)} {
		if r := s.want(exitDone, "webhooks", "replay", hook, "--since", since); !strings.Contains(r.out, "sending everything since") {
			t.Errorf("%s: %s", since, r.out)
		}
	}
	if r := s.want(exitRefused, "webhooks", "replay", hook, "--since", "1000h"); !strings.Contains(r.err, "within the last 30 days") {
		t.Errorf("%s", r.err)
	}
	s.want(exitRefused, "webhooks", "deliveries", hook, "--state", "lost")
}
