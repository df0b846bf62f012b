package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	edgeConnections = 16
	edgeLasts       = 10 * time.Second
	edgePairs       = 2000
	pagePosts       = 60
)

// edgeAlone measures the edge on machines that nothing else is done with.
func edgeAlone(ctx context.Context, bin string) (rows []Row, err error) {
	for _, measure := range []func(context.Context, string) ([]Row, error){pagesThroughEdge, versusNginx, socketsKept, besideFloods, wakeUp} {
		more, err := measure(ctx, bin)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

// pagesThroughEdge measures what foundation does on a machine with more on it, and then the edge beside nginx in front of the same instance.
func pagesThroughEdge(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin, "--https", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	defer m.stop()
	if _, err := m.signUp(ctx, "first"); err != nil {
		return nil, err
	}
	p, err := m.pageOfPosts(ctx, "page-reader")
	if err != nil {
		return nil, err
	}
	alone, err := m.throughEdge(ctx, p)
	if err != nil {
		return nil, err
	}
	rows, err := m.pageContest(ctx, p)
	return append(alone, rows...), err
}

// throughEdge measures what the edge costs: one page of posts is read over connections that stay open, through the edge
// and from the instance's own socket.
func (m *machine) throughEdge(ctx context.Context, p page) ([]Row, error) {
	edge := reader{"tcp", m.edge, p.request}
	direct := reader{"unix", p.socket, p.request}
	added, err := addedMedian(ctx, edge, direct)
	if err != nil {
		return nil, err
	}
	pid, err := m.child("edge")
	if err != nil {
		return nil, err
	}
	before, err := processorTime(pid)
	if err != nil {
		return nil, err
	}
	pages, err := edge.crowd(ctx)
	if err != nil {
		return nil, err
	}
	after, err := processorTime(pid)
	if err != nil {
		return nil, err
	}
	alone, err := direct.crowd(ctx)
	return []Row{
		{"edge_cpu_us", float64((after - before).Microseconds()) / float64(pages), "us", pages},
		{"edge_added_p50", added, "ms", edgePairs},
		{"edge_throughput_ratio", float64(pages) / float64(alone), "", pages + alone},
	}, err
}

// reader asks for the same page again and again.
type reader struct{ network, address, request string }

func (r reader) open(ctx context.Context) (net.Conn, *bufio.Reader, error) {
	conn, err := new(net.Dialer).DialContext(ctx, r.network, r.address)
	if err != nil {
		return nil, nil, err
	}
	return conn, bufio.NewReaderSize(conn, 64<<10), nil
}

func (r reader) read(conn net.Conn, answers *bufio.Reader) error {
	if _, err := io.WriteString(conn, r.request); err != nil {
		return err
	}
	res, err := http.ReadResponse(answers, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if n, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK || n < pagePosts*250 {
		return errors.Join(fmt.Errorf("the page of posts answered %s with %d bytes", res.Status, n), err)
	}
	return nil
}

// crowd reads over all connections for a while and returns how many pages it got.
func (r reader) crowd(ctx context.Context) (pages int, err error) {
	until := time.Now().Add(edgeLasts)
	group, ctx := errgroup.WithContext(ctx)
	read := make([]int, edgeConnections)
	for i := range read {
		group.Go(func() error {
			conn, answers, err := r.open(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			for ; time.Now().Before(until); read[i]++ {
				if err := r.read(conn, answers); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = group.Wait()
	for _, n := range read {
		pages += n
	}
	return max(pages, 1), err
}

// addedMedian reads by turns through the edge and not, one page at a time, and returns the difference of the medians in
// ms.
func addedMedian(ctx context.Context, edge, direct reader) (float64, error) {
	var medians []float64
	times := make([][]float64, 2)
	conns, answers := make([]net.Conn, 2), make([]*bufio.Reader, 2)
	for i, r := range []reader{edge, direct} {
		var err error
		if conns[i], answers[i], err = r.open(ctx); err != nil {
			return 0, err
		}
		defer conns[i].Close()
	}
	for range edgePairs {
		for i, r := range []reader{edge, direct} {
			began := time.Now()
			if err := r.read(conns[i], answers[i]); err != nil {
				return 0, err
			}
			times[i] = append(times[i], float64(time.Since(began).Microseconds())/1000)
		}
	}
	for _, t := range times {
		medians = append(medians, quantile(t, 0.5))
	}
	return medians[0] - medians[1], nil
}

// processorTime is what a process has used, to 10 ms.
func processorTime(pid int) (time.Duration, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(data), ") ") // the name may hold anything
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, fmt.Errorf("process %d: stat is too short", pid)
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}
