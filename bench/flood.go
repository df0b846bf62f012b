package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	floodRounds    = 3
	floodLasts     = 4 * time.Second
	floodSettles   = 2 * time.Second
	neighbours     = 8
	neighbourEvery = 40 * time.Millisecond
)

// besideFloods measures how long other workspaces wait for their answers while one is attacked, beside how long without.
func besideFloods(ctx context.Context, bin string) ([]Row, error) {
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
	slow, err := startSlow(filepath.Join(dir, "slow.sock"))
	if err != nil {
		return nil, err
	}
	defer slow.Close()
	routes := routesTo(neighbours+1, static.listen)
	routes[neighbours].Upstream.Address = filepath.Join(dir, "slow.sock")
	control, err := startStandIn(routes)
	if err != nil {
		return nil, err
	}
	defer control.stop()
	edge, err := prepareEdge(bin, dir, control)
	if err != nil {
		return nil, err
	}
	defer edge.stop()
	if err := edge.start(ctx); err != nil {
		return nil, err
	}
	var rows []Row
	for _, a := range assaults {
		more, err := a.beside(ctx, edge)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.name, err)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// beside measures in quiet and under the assault, by turns.
func (a assault) beside(ctx context.Context, edge *edgeProcess) ([]Row, error) {
	var ratios, under []float64
	acts := 0
	for range floodRounds {
		quiet, err := neighboursWait(ctx, edge.secure)
		if err != nil {
			return nil, err
		}
		stop, err := a.begin(ctx, edge.secure, hostOf(neighbours))
		if err != nil {
			return nil, err
		}
		rest(ctx, floodSettles)
		attacked, err := neighboursWait(ctx, edge.secure)
		n, wrong := stop()
		if err := errors.Join(err, wrong); err != nil {
			return nil, err
		}
		acts += n
		ratios, under = append(ratios, quantile(attacked, 0.99)/quantile(quiet, 0.99)), append(under, quantile(attacked, 0.99))
		rest(ctx, floodSettles)
	}
	return []Row{{"edge_" + a.name + "_ratio", quantile(ratios, 0.5), "", acts}, {"edge_" + a.name + "_p99", quantile(under, 0.5), "ms", floodRounds}}, nil
}

// begin starts the process. What it returns ends it, and says how often it acted.
func (a assault) begin(ctx context.Context, address, host string) (stop func() (int, error), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	// It has what others leave of the machine, and makes way at once when they want it.
	cmd := exec.CommandContext(ctx, "chrt", "--idle", "0", self, "-attack", a.name, "-target", address, "-host", host)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return func() (acts int, err error) {
		_ = stdin.Close()
		_, err = fmt.Fscan(stdout, &acts)
		return acts, errors.Join(err, cmd.Wait())
	}, cmd.Start()
}

// neighboursWait has each of them ask now and then, and returns how long each answer took, in ms.
func neighboursWait(ctx context.Context, address string) ([]float64, error) {
	group, ctx := errgroup.WithContext(ctx)
	times := make([][]float64, neighbours)
	for i := range neighbours {
		r := getting(address, hostOf(i), "/main.css")
		group.Go(func() error {
			conn, answers, err := r.open(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			tick := time.NewTicker(neighbourEvery)
			defer tick.Stop()
			for end := time.Now().Add(floodLasts); time.Now().Before(end); {
				began := time.Now()
				if err := r.read(conn, answers); err != nil {
					return err
				}
				times[i] = append(times[i], float64(time.Since(began).Microseconds())/1000)
				select {
				case <-ctx.Done():
				case <-tick.C:
				}
			}
			return nil
		})
	}
	err := group.Wait()
	return slices.Concat(times...), err
}

// startSlow is an instance that takes a tenth of a second for everything, once it has the whole of it.
func startSlow(socket string) (*http.Server, error) {
	l, err := net.Listen("unix", socket)
	if err != nil {
		return nil, err
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		rest(r.Context(), 100*time.Millisecond)
	})}
	go func() { _ = s.Serve(l) }()
	return s, nil
}
