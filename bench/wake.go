package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/internal/db"
)

const (
	sleepersReal      = 50
	sleepersGenerated = 950
	sleepersAtATime   = 8 // that are made, or put to rest
	wakeRounds        = 2 // in which each is woken once
)

var (
	//go:embed wake_generate.sql
	wakeGenerate string
	//go:embed wake_notify.sql
	wakeNotify string
	//go:embed wake_connections.sql
	wakeConnections string
)

// wakeUp measures what hibernated workspaces cost the control plane and the edge, of which a part is real and the others are rows, and how long
// the first byte takes whoever comes for one, alone and together with those who come for all others.
func wakeUp(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin, "--canaries", "0", "--idle-after", "never")
	if err != nil {
		return nil, err
	}
	defer m.stop()
	s := sleepers{machine: m}
	rows, err := s.cost(ctx)
	if err != nil {
		return nil, err
	}
	var alone []float64
	for range wakeRounds {
		took, err := s.wakeEach(ctx)
		if err != nil {
			return nil, err
		}
		alone = append(alone, took...)
		if err := s.rest(ctx); err != nil {
			return nil, err
		}
	}
	together, err := s.wakeAll(ctx)
	if err != nil {
		return nil, err
	}
	return append(rows, Row{"wake_p50_ms", quantile(alone, 0.5), "ms", len(alone)}, Row{"wake_p99_ms", quantile(alone, 0.99), "ms", len(alone)},
		Row{"wake_together_p50_s", quantile(together, 0.5) / 1000, "s", len(together)}, Row{"wake_together_last_s", slices.Max(together) / 1000, "s", len(together)}), nil
}

// sleepers are the real workspaces of a machine that are put to rest and woken.
type sleepers struct {
	*machine
	slugs    []string
	operator string
}

// cost is what each hibernated workspace adds to the memory of control plane and edge, and how many connections all of them have.
func (s *sleepers) cost(ctx context.Context) ([]Row, error) {
	layout := datadir.Layout{Root: s.dir}
	secret, err := os.ReadFile(layout.OperatorToken())
	if err != nil {
		return nil, err
	}
	s.operator = strings.TrimSpace(string(secret))
	if err := s.more(ctx, 1); err != nil {
		return nil, err
	}
	rest(ctx, quiet)
	before, err := s.memory()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.more(ctx, sleepersReal-1), s.rest(ctx), s.generate(ctx, layout)); err != nil {
		return nil, err
	}
	rest(ctx, quiet)
	after, err := s.memory()
	if err != nil {
		return nil, err
	}
	var connections float64
	if err := ask(ctx, layout.CellDatabase(), wakeConnections, &connections); err != nil {
		return nil, err
	}
	const all = sleepersReal + sleepersGenerated
	return []Row{{"hibernated_kib", (after - before) * 1024 / all, "KiB", all}, {"hibernated_connections", connections, "", all}}, nil
}

// memory is what control plane and edge have resident, in MiB.
func (s *sleepers) memory() (float64, error) {
	rows, err := s.controlPlane("")
	if err != nil {
		return 0, err
	}
	pid, err := s.child("edge")
	if err != nil {
		return 0, err
	}
	edge, err := resident(pid)
	return rows[0].Value + edge, err
}

// more makes workspaces, each of a tenant of its own.
func (s *sleepers) more(ctx context.Context, n int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sleepersAtATime)
	for range n {
		slug := fmt.Sprintf("sleeper-%03d", len(s.slugs))
		s.slugs = append(s.slugs, slug)
		group.Go(func() error {
			_, err := s.signUp(ctx, slug)
			return err
		})
	}
	return group.Wait()
}

// generate writes rows, and waits until the edge has the routes.
func (s *sleepers) generate(ctx context.Context, layout datadir.Layout) error {
	if err := ask(ctx, layout.ControlDatabase(), wakeGenerate, nil, sleepersGenerated, s.base); err != nil {
		return err
	}
	if err := ask(ctx, layout.ControlDatabase(), wakeNotify, nil); err != nil {
		return err
	}
	last := fmt.Appendf(nil, `"generated-%d.`, sleepersGenerated)
	return eventually(ctx, time.Minute, func() error {
		journal, err := os.ReadFile(filepath.Join(layout.EdgeDir(), "routes.journal"))
		if err == nil && !bytes.Contains(journal, last) {
			err = errors.New("the edge has not learned the routes")
		}
		return err
	})
}

// rest puts all to rest, and returns when they do.
func (s *sleepers) rest(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sleepersAtATime)
	for _, slug := range s.slugs {
		group.Go(func() error {
			return eventually(ctx, time.Minute, func() error { return s.restOne(ctx, slug) })
		})
	}
	return group.Wait()
}

// restOne returns nil once the workspace hibernates.
func (s *sleepers) restOne(ctx context.Context, slug string) error {
	var found struct {
		Items []struct {
			ID    string `json:"id"`
			State string `json:"state"`
		} `json:"items"`
	}
	if err := s.call(ctx, http.MethodGet, s.api+"/api/v1/workspaces?slug="+slug, s.operator, nil, &found); err != nil {
		return err
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("there is no workspace %s", slug)
	}
	ws := found.Items[0]
	if ws.State == "running" {
		if err := s.call(ctx, http.MethodPost, s.api+"/api/v1/workspaces/"+ws.ID+"/hibernate", s.operator, nil, nil); err != nil {
			return err
		}
	}
	if ws.State != "hibernated" {
		rest(ctx, 50*time.Millisecond)
		return fmt.Errorf("%s is %s", slug, ws.State)
	}
	return nil
}

// wakeEach visits one after the other, and returns how long each first byte took, in ms.
func (s *sleepers) wakeEach(ctx context.Context) (took []float64, err error) {
	for _, slug := range s.slugs {
		d, err := s.visit(ctx, slug)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// wakeAll visits all at the same moment.
func (s *sleepers) wakeAll(ctx context.Context) ([]float64, error) {
	took := make([]float64, len(s.slugs))
	group, ctx := errgroup.WithContext(ctx)
	for i, slug := range s.slugs {
		group.Go(func() (err error) {
			took[i], err = s.visit(ctx, slug)
			return err
		})
	}
	return took, group.Wait()
}

func (s *sleepers) visit(ctx context.Context, slug string) (float64, error) {
	_, port, _ := strings.Cut(s.edge, ":")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+slug+"."+s.base+":"+port+"/api/v4/system/ping", nil)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	res, err := s.http.Do(req)
	if err != nil {
		return 0, err
	}
	took := float64(time.Since(began).Microseconds()) / 1000
	_, err = io.Copy(io.Discard, res.Body)
	if err = errors.Join(err, res.Body.Close()); err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %s after %.0f ms", slug, res.Status, took)
	}
	return took, err
}

// ask runs a statement in the database that a file names, and puts its answer into out unless that is nil.
func ask(ctx context.Context, file, statement string, out any, args ...any) error {
	url, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	pool, err := db.Open(ctx, strings.TrimSpace(string(url)), 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	if out == nil {
		_, err = pool.Exec(ctx, statement, args...)
		return err
	}
	return pool.QueryRow(ctx, statement, args...).Scan(out)
}
