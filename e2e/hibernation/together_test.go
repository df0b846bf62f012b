package hibernation

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

var (
	together = flag.Int("hibernation.together", 12, "how many workspaces are woken at once")
	within   = flag.Duration("hibernation.within", 30*time.Second, "in which all of them have to be served")
)

// customersAtATime are made, or have their workspaces put to rest.
const customersAtATime = 6

// TestManyAreWokenAtOnce comes for each of many hibernated workspaces at the same moment, twice, and loses nobody.
func TestManyAreWokenAtOnce(t *testing.T) {
	t.Parallel()
	m := machine.Start(t, "--idle-after", "never")
	// Of a machine that others use there may be too little for many; those that sleep need none of it.
	m.CLI(t, m.Operator(t), nil, "cells", "limit", "local", "memory_bytes=1TiB", "disk_bytes=1TiB", "database_bytes=1TiB")
	all := customers(t, m, *together)
	for round := range 2 {
		if round > 0 {
			eachOf(t, all, func(c *machine.Customer) { hibernate(t, c) })
		}
		took := make([]time.Duration, len(all))
		var visits sync.WaitGroup
		began := time.Now()
		for i, c := range all {
			visits.Go(func() {
				var err error
				if took[i], err = visit(c); err != nil {
					t.Errorf("%s: %v", c.Slug, err)
				}
			})
		}
		visits.Wait()
		last := time.Since(began)
		slices.Sort(took)
		t.Logf("%d woken at once: first byte p50 %s, last %s", len(all), took[len(took)/2], last)
		if last > *within {
			t.Errorf("the last was served after %s, in %s it should have been", last, *within)
		}
	}
	for _, c := range all {
		if ws := shown(t, c); ws.Wakes != 2 {
			t.Errorf("%s: %+v", c.Slug, ws)
		}
	}
}

// customers sign up, and have their workspaces put to rest.
func customers(t *testing.T, m *machine.Machine, n int) []*machine.Customer {
	t.Helper()
	all := make([]*machine.Customer, n)
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	eachOf(t, places, func(i int) {
		all[i] = m.SignUp(t, fmt.Sprintf("many-%03d", i))
		hibernate(t, all[i])
	})
	return all
}

// eachOf does something to each, several at a time.
func eachOf[T any](t *testing.T, all []T, do func(T)) {
	t.Helper()
	var going sync.WaitGroup
	places := make(chan struct{}, customersAtATime)
	for _, one := range all {
		places <- struct{}{}
		going.Go(func() {
			defer func() { <-places }()
			do(one)
		})
	}
	going.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
