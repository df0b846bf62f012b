package main

import (
	"context"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// versusNginx compares the edge, with a hundred thousand workspaces and their IP filters, with a plain nginx in front of the same
// instance, and then has it load and change these routes.
func versusNginx(ctx context.Context, bin string) ([]Row, error) {
	dir, err := benchDir()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	static, err := startStatic(ctx, dir)
	defer static.stop()
	if err != nil {
		return nil, err
	}
	routes := routesTo(manyRoutes, static.listen)
	control, err := startStandIn(routes)
	if err != nil {
		return nil, err
	}
	defer control.stop()
	proxy, err := startProxy(ctx, dir, static.listen, control)
	defer proxy.stop()
	if err != nil {
		return nil, err
	}
	edge, err := prepareEdge(bin, dir, control)
	if err != nil {
		return nil, err
	}
	defer edge.stop()
	if err := edge.start(ctx); err != nil {
		return nil, err
	}
	// What it has to do once, when it learns so many, is no part of what requests cost.
	if err := eventually(ctx, time.Minute, func() error { return control.hasTold(manyRoutes) }); err != nil {
		return nil, err
	}
	rows, err := staticContests(ctx, edge, proxy)
	if err != nil {
		return nil, err
	}
	proxy.stop()
	more, err := changing(ctx, edge, control, routes)
	if err != nil {
		return nil, err
	}
	loading, err := loading(ctx, edge)
	return slices.Concat(rows, more, loading), err
}

// benchDir is short, as sockets are in it, and everybody may pass it.
func benchDir() (string, error) {
	dir, err := os.MkdirTemp("/tmp", "lhbench")
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o711)
}

func staticContests(ctx context.Context, edge *edgeProcess, proxy *nginx) ([]Row, error) {
	readers := func(address string) (all []secureReader) {
		for i := range versusClients { // each of a workspace of its own
			all = append(all, getting(address, hostOf(i*manyRoutes/versusClients), "/main.css"))
		}
		return all
	}
	servers, addresses := [2]server{edge, proxy}, [2]string{edge.secure, proxy.listen}
	static := contest{"static", func(ctx context.Context, address string) (tally, error) {
		return crowdOf(ctx, readers(address), versusLasts)
	}}
	o, n, err := static.compare(ctx, servers, addresses)
	if err != nil {
		return nil, err
	}
	hands := contest{"handshake", func(ctx context.Context, address string) (tally, error) {
		return shakeHands(ctx, readers(address), versusLasts)
	}}
	h, m, err := hands.compare(ctx, servers, addresses)
	if err != nil {
		return nil, err
	}
	rows := []Row{{"edge_vs_nginx_cpu", o[0].cpu / o[1].cpu, "", n}, {"edge_handshakes_ratio", h[0].perSecond / h[1].perSecond, "", m}}
	return slices.Concat(rows, static.rows(o, n), hands.rows(h, m)), nil
}

const changes = 40

// changing measures from the moment in which the control plane sends a change until a request is answered by it, and until the edge has
// confirmed it: it is on disk then.
func changing(ctx context.Context, edge *edgeProcess, control *standIn, routes []feed.Route) ([]Row, error) {
	r := routes[0]
	client := poller{secureReader: getting(edge.secure, r.Hosts[0], "/main.css")}
	defer client.close()
	var seen, confirmed []float64
	for i := range changes {
		r.PolicyVersion++
		want := http.StatusOK
		if r.Filter = rules(10); i%2 == 0 {
			want = http.StatusForbidden
			r.Filter.Rules = r.Filter.Rules[:9] // less the one that lets us in
		}
		began := time.Now()
		version, err := control.change(r)
		if err != nil {
			return nil, err
		}
		if err := eventually(ctx, 30*time.Second, func() error { return client.expect(ctx, want) }); err != nil {
			return nil, err
		}
		seen = append(seen, float64(time.Since(began).Microseconds())/1000)
		if err := eventually(ctx, 30*time.Second, func() error { return control.hasTold(version) }); err != nil {
			return nil, err
		}
		confirmed = append(confirmed, float64(time.Since(began).Microseconds())/1000)
	}
	return []Row{{"edge_change_visible_ms", quantile(seen, 1), "ms", changes}, {"edge_change_visible_p50", quantile(seen, 0.5), "ms", changes},
		{"edge_change_confirmed_p50", quantile(confirmed, 0.5), "ms", changes}, {"edge_change_confirmed_max", quantile(confirmed, 1), "ms", changes}}, nil
}

const loads = 5

// loading measures from the start of the process, which finds the routes on disk, until a request is answered.
func loading(ctx context.Context, edge *edgeProcess) ([]Row, error) {
	var times, costs []float64
	for range loads {
		edge.stop()
		began := time.Now()
		if err := edge.start(ctx); err != nil {
			return nil, err
		}
		client := getting(edge.secure, hostOf(manyRoutes/2), "/main.css")
		if err := client.once(ctx); err != nil {
			return nil, err
		}
		times = append(times, float64(time.Since(began).Microseconds())/1000)
		used, err := edge.processorTime()
		if err != nil {
			return nil, err
		}
		costs = append(costs, float64(used.Milliseconds()))
	}
	memory, err := resident(edge.cmd.Process.Pid)
	return []Row{{"edge_routes_100k_load_ms", quantile(times, 0.5), "ms", loads}, {"edge_routes_100k_load_cpu_ms", quantile(costs, 0.5), "ms", loads},
		{"edge_routes_100k_rss", memory, "MiB", 1}}, err
}
