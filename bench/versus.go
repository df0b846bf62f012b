package main

import (
	"context"
	"fmt"
	"time"
)

const (
	versusRounds  = 5
	versusLasts   = 2 * time.Second
	versusClients = 16
	manyRoutes    = 100_000
)

// server is one of those that are compared.
type server interface {
	processorTime() (time.Duration, error)
}

// contest is what both are asked to do.
type contest struct {
	name string
	do   func(ctx context.Context, address string) (tally, error)
}

// outcome is the medians of one of them.
type outcome struct{ perSecond, cpu, p99 float64 }

// compare lets both do it by turns, so that a machine that others use harms both alike.
func (c contest) compare(ctx context.Context, servers [2]server, addresses [2]string) (outcomes [2]outcome, n int, err error) {
	var rates, costs, slowest [2][]float64
	for _, address := range addresses { // to warm up
		if _, err := c.do(ctx, address); err != nil {
			return outcomes, 0, fmt.Errorf("%s: %w", c.name, err)
		}
	}
	for range versusRounds {
		for i, s := range servers {
			before, err := s.processorTime()
			if err != nil {
				return outcomes, 0, err
			}
			t, err := c.do(ctx, addresses[i])
			if err != nil {
				return outcomes, 0, fmt.Errorf("%s: %w", c.name, err)
			}
			after, err := s.processorTime()
			if err != nil {
				return outcomes, 0, err
			}
			n += t.count
			rates[i] = append(rates[i], t.perSecond())
			costs[i] = append(costs[i], float64((after-before).Microseconds())/float64(max(t.count, 1)))
			if len(t.each) > 0 {
				slowest[i] = append(slowest[i], quantile(t.each, 0.99))
			}
		}
	}
	for i := range servers {
		outcomes[i] = outcome{perSecond: quantile(rates[i], 0.5), cpu: quantile(costs[i], 0.5)}
		if len(slowest[i]) > 0 {
			outcomes[i].p99 = quantile(slowest[i], 0.5)
		}
	}
	return outcomes, n, nil
}

// rows names the outcome of each, the edge first.
func (c contest) rows(o [2]outcome, n int) (rows []Row) {
	for i, who := range []string{"edge", "nginx"} {
		rows = append(rows, Row{who + "_" + c.name + "_ops", o[i].perSecond, "1/s", n}, Row{who + "_" + c.name + "_cpu_us", o[i].cpu, "us", n})
		if o[i].p99 > 0 {
			rows = append(rows, Row{who + "_" + c.name + "_p99", o[i].p99, "ms", n})
		}
	}
	return rows
}
