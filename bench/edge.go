package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/datadir"
)

const (
	edgeConnections = 16
	edgeLasts       = 10 * time.Second
	edgePairs       = 2000
	pagePosts       = 60
)

// edgeAlone measures on a machine that nothing else was done with; foundation measures the same, with the rest.
func edgeAlone(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	if _, err := m.signUp(ctx, "first"); err != nil {
		return nil, err
	}
	return m.throughEdge(ctx)
}

// throughEdge measures what the edge costs: one page of posts is read over connections that stay open, through the edge
// and from the instance's own socket.
func (m *machine) throughEdge(ctx context.Context) ([]Row, error) {
	slug := "page-reader"
	request, err := m.pageOfPosts(ctx, slug)
	if err != nil {
		return nil, err
	}
	socket, err := m.socketOf(slug)
	if err != nil {
		return nil, err
	}
	edge := reader{"tcp", m.edge, request}
	direct := reader{"unix", socket, request}
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

// pageOfPosts makes a channel with posts and returns the request that reads them.
func (m *machine) pageOfPosts(ctx context.Context, slug string) (string, error) {
	site, token, err := m.admin(ctx, slug)
	if err != nil {
		return "", err
	}
	var team, channel struct {
		ID string `json:"id"`
	}
	asked := map[string]string{"name": "readers", "display_name": "Readers", "type": "O"}
	if err := m.call(ctx, http.MethodPost, site+"/api/v4/teams", token, asked, &team); err != nil {
		return "", err
	}
	if err := m.call(ctx, http.MethodGet, site+"/api/v4/teams/"+team.ID+"/channels/name/town-square", token, nil, &channel); err != nil {
		return "", err
	}
	for i := range pagePosts {
		post := map[string]string{"channel_id": channel.ID, "message": fmt.Sprintf("%d: %s", i, strings.Repeat("a post of some words ", 12))}
		if err := m.call(ctx, http.MethodPost, site+"/api/v4/posts", token, post, nil); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("GET /api/v4/channels/%s/posts?page=0&per_page=%d HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nUser-Agent: bench\r\n\r\n",
		channel.ID, pagePosts, strings.TrimPrefix(site, "http://"), token), nil
}

// admin signs a customer up and in.
func (m *machine) admin(ctx context.Context, slug string) (site, token string, err error) {
	var customer struct {
		Token     string `json:"token"`
		Workspace struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"workspace"`
	}
	signUp := map[string]string{"email": "owner@" + slug + ".example", "password": "a long enough password", "tenant": slug, "slug": slug}
	if err := m.call(ctx, http.MethodPost, m.api+"/api/v1/signup", "", signUp, &customer); err != nil {
		return "", "", err
	}
	var way struct {
		Token string `json:"token"`
	}
	err = eventually(ctx, 2*time.Minute, func() error {
		return m.call(ctx, http.MethodPost, m.api+"/api/v1/workspaces/"+customer.Workspace.ID+"/open", customer.Token, nil, &way)
	})
	return strings.TrimSuffix(customer.Workspace.URL, "/"), way.Token, err
}

// call exchanges JSON.
func (m *machine) call(ctx context.Context, method, url, token string, in, out any) error {
	var body bytes.Buffer
	if in != nil {
		if err := json.NewEncoder(&body).Encode(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, url, &body)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := m.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= http.StatusMultipleChoices {
		return errors.Join(fmt.Errorf("%s %s answered %s: %.200s", method, req.URL.Path, res.Status, answer), err)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

// socketOf is where the instance of a workspace listens, as the edge keeps it on disk.
func (m *machine) socketOf(slug string) (socket string, err error) {
	journal, err := os.ReadFile(filepath.Join(datadir.Layout{Root: m.dir}.EdgeDir(), "routes.journal"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(journal)) {
		_, record, _ := strings.Cut(strings.TrimSpace(line), " ")
		message, err := feed.Parse([]byte(record))
		if err != nil {
			continue // the first line says what the file is
		}
		if message.Route != nil {
			message.Routes = append(message.Routes, *message.Route)
		}
		for _, route := range message.Routes {
			if len(route.Hosts) > 0 && strings.HasPrefix(route.Hosts[0], slug+".") && route.State == feed.StateServing {
				socket = route.Upstream.Address
			}
		}
	}
	if socket == "" {
		err = fmt.Errorf("the edge has no route to %s", slug)
	}
	return socket, err
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
