package main

import (
	"strings"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/controlplane/client"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestDomainsOnTheCommandLine(t *testing.T) {
	t.Parallel()
	s := setup(t, tenants.Succeeded)
	s.signUp("engines", "--wait")
	var d client.Domain
	s.want(exitDone, "domains", "add", "engines", "Chat.Example.com", "--json").into(t, &d)
	r := s.want(exitDone, "domains", "show", "engines", "chat.example.com")
	for _, want := range []string{"pending", "TXT", "_longhouse-challenge.chat.example.com", d.Records[0].Value, "CNAME", "engines."} {
		if !strings.Contains(r.out, want) {
			t.Errorf("%q is not in\n%s", want, r.out)
		}
	}
	if r := s.want(exitRefused, "domains", "add", "engines", "192.0.2.1"); !strings.Contains(r.err, "is an IP address") {
		t.Errorf("%s", r.err)
	}
	if r := s.want(exitRefused, "domains", "primary", "engines", "chat.example.com"); !strings.Contains(r.err, "only one that is serving") {
		t.Errorf("%s", r.err)
	}
	// Nobody looks at domains here but the test, once it was asked for.
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for range 500 {
			<-tick.C
			if s.lookAtDomains(t) {
				return
			}
		}
	}()
	if r := s.want(exitDone, "domains", "check", "engines", "chat.example.com"); !strings.Contains(r.out, "serving") || !strings.Contains(r.out, "a TXT record") || !strings.Contains(r.out, "the TXT record") {
		t.Errorf("%s", r.out)
	}
	<-asked
	s.want(exitDone, "domains", "primary", "engines", "chat.example.com")
	if r := s.want(exitDone, "domains", "list", "engines"); !strings.Contains(r.out, "chat.example.com") || !strings.Contains(r.out, "yes") {
		t.Errorf("%s", r.out)
	}
	if r := s.want(exitDone, "domains", "primary", "engines", "chat.example.com", "--off"); !strings.Contains(r.out, "no\n") {
		t.Errorf("%s", r.out)
	}
	s.want(exitDone, "domains", "remove", "engines", "chat.example.com")
	s.want(exitRefused, "domains", "show", "engines", "chat.example.com")
}

// lookAtDomains finds all as it has to be, once somebody has asked for a look.
func (s *shell) lookAtDomains(t *testing.T) bool {
	var asked int
	if err := s.pool.QueryRow(t.Context(), "select count(*) from audit_events where action = 'domain.check'").Scan(&asked); err != nil || asked == 0 {
		return false
	}
	due, err := s.store.ClaimDomains(t.Context(), 10)
	if err != nil {
		t.Error(err)
	}
	for _, d := range due {
		_, err := s.store.SettleDomain(t.Context(), d, tenants.DomainSeen{Proof: tenants.FoundRight, Way: tenants.FoundRight, Certificate: tenants.FoundRight,
			Expected: []string{"a TXT record"}, Found: []string{"the TXT record"}})
		if err != nil {
			t.Error(err)
		}
	}
	return len(due) > 0
}
