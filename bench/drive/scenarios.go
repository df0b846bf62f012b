package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"
)

func (w *world) scenario(ctx context.Context, name string) ([]result, error) {
	logf("scenario %s", name)
	switch name {
	case "login":
		return w.login(ctx)
	case "post":
		return w.post(ctx)
	case "read":
		return w.read(ctx)
	case "fanout":
		return w.fanout(ctx)
	case "sockets":
		return w.sockets(ctx)
	case "search":
		return w.search(ctx)
	}
	return nil, errors.New("no such scenario")
}

// measure runs one measurement between two samples of load and processes.
func (w *world) measure(ctx context.Context, scenario, setting string, f func() (*recorder, time.Duration)) result {
	sleep(ctx, w.cfg.settle)
	before, l := sample(w.watch, false), load1()
	busy0, self0 := cpuNow()
	rec, d := f()
	after := sample(w.watch, false) // reading memory figures takes long: CPU first
	busy1, self1 := cpuNow()
	used := since(before, after)
	for i, u := range sample(w.watch, true) {
		used[i].RSSkB, used[i].PSSkB = u.RSSkB, u.PSSkB
	}
	cpu := cpuShare{Busy: round(busy1 - busy0), Self: round(self1 - self0), CPUs: runtime.NumCPU()}
	cpu.Other = cpu.Busy - cpu.Self
	for _, u := range used {
		cpu.Other -= u.CPUSec
	}
	cpu.Other = round(cpu.Other)
	lat := summarize(rec.lat)
	r := result{
		Scenario: scenario, Setting: setting, Load1: [2]float64{l, load1()},
		Seconds: round(d.Seconds()), Ops: len(rec.lat), AllOps: len(rec.lat) + rec.extra, Errors: rec.errors,
		PerSec: round(float64(len(rec.lat)) / max(d.Seconds(), 1e-9)), Latency: &lat,
		Watch: used, CPU: cpu, Samples: rec.sample,
	}
	logf("%s %s: %d ops, %d errors, %.1f/s, p50 %.2f ms, p99 %.2f ms (load %.2f, others' cpu %.1fs)",
		scenario, setting, r.Ops, r.Errors, r.PerSec, lat.P50, lat.P99, l, cpu.Other)
	return r
}

// login: password logins per second. Each is a new session of some user.
func (w *world) login(ctx context.Context) ([]result, error) {
	n := w.cfg.loginConc
	r := w.measure(ctx, "login", fmt.Sprintf("conc=%d", n), func() (*recorder, time.Duration) {
		return closedLoop(ctx, n, w.cfg.warmup, w.cfg.duration, func(ctx context.Context, worker, i int) error {
			u := w.users[(i*n+worker)%len(w.users)]
			_, _, err := w.newClient().Login(ctx, u.name, w.cfg.password)
			return err
		})
	})
	return []result{r}, nil
}
