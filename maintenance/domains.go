package maintenance

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/resolver"
	"github.com/longhouse-dev/longhouse/internal/rounds"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	// domainsEvery is how late somebody looks at a domain.
	domainsEvery = time.Second
	// domainsAtOnce is how many are looked at at a time.
	domainsAtOnce = 16
	// lookWithin is how long one look may take, with the handshake in which a certificate may be issued.
	lookWithin = 40 * time.Second
)

// Domains looks at the records of customers' domains, and whether edges show their TLS certificates. Several may run at once.
type Domains struct {
	Store  *tenants.Store
	Names  *resolver.Resolver
	Edge   Handshake
	Rounds *rounds.Rounds
	Log    *slog.Logger
}

// Run works until ctx ends.
func (d Domains) Run(ctx context.Context) {
	d.Rounds.Every(ctx, d.Log, domainsEvery, "look at domains", d.round)
}

// round looks at what is due, and waits for the end of it. One domain that can't be settled keeps no other back.
func (d Domains) round(ctx context.Context) error {
	due, err := d.Store.ClaimDomains(ctx, domainsAtOnce)
	if err != nil {
		return err
	}
	failed := make([]error, len(due))
	var under sync.WaitGroup
	for i, domain := range due {
		under.Go(func() {
			failed[i] = guard.Call(func() error { return d.settle(ctx, domain) })
		})
	}
	under.Wait()
	return errors.Join(failed...)
}

func (d Domains) settle(ctx context.Context, domain tenants.Domain) error {
	limited, cancel := context.WithTimeout(ctx, lookWithin)
	defer cancel()
	seen := d.look(limited, domain)
	if ctx.Err() != nil {
		return nil // it is looked at by somebody else, after a while
	}
	settled, err := d.Store.SettleDomain(ctx, domain, seen)
	if err != nil {
		return fmt.Errorf("settle the domain %s: %w", domain.Name, err)
	}
	if settled != nil && settled.State != domain.State {
		d.Log.Info("a domain has another state", "domain", domain.Name, "was", domain.State, "is", settled.State)
	}
	return nil
}
