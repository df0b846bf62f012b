package maintenance

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/longhouse-dev/longhouse/internal/guard"
	"github.com/longhouse-dev/longhouse/internal/id"
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
	var under sync.WaitGroup
	places := make(chan struct{}, domainsAtOnce)
	d.Rounds.Every(ctx, d.Log, domainsEvery, "look at domains", func(ctx context.Context) error { return d.begin(ctx, places, &under) })
	under.Wait()
}

// begin looks at as many as there are places for, and does not wait for their ends: a zone whose servers hang keeps no other back.
func (d Domains) begin(ctx context.Context, places chan struct{}, under *sync.WaitGroup) error {
	free := cap(places) - len(places)
	if free == 0 {
		return nil
	}
	due, err := d.Store.ClaimDomains(ctx, int32(free))
	if err != nil {
		return err
	}
	for _, domain := range due {
		places <- struct{}{} // only this loop takes places, so that there is one
		under.Go(func() {
			defer func() { <-places }()
			err := guard.Call(func() error { return d.settle(ctx, domain) })
			if err != nil && ctx.Err() == nil {
				d.Log.Error("a look at a domain came to nothing", "workspace", id.Show(id.Workspace, domain.Workspace), "domain", domain.Name, "error", err)
			}
		})
	}
	return nil
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
