package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

const (
	signUps = 50
	starts  = 20
	quiet   = 15 * time.Second // before memory is read
)

// foundation measures sign-up from request to first answer, the start and memory of an instance, the control
// plane's memory with one workspace, what the edge costs, and a burst of sign-ups.
func foundation(ctx context.Context, bin string) ([]Row, error) {
	m, err := startMachine(ctx, bin)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	if _, err := m.signUp(ctx, "first"); err != nil {
		return nil, err
	}
	rest(ctx, quiet)
	rows, err := m.controlPlane("_1")
	if err != nil {
		return nil, err
	}
	var times []float64
	for i := range signUps {
		took, err := m.signUp(ctx, fmt.Sprintf("bench-%03d", i))
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
	rows = append(rows, Row{"signup_ready_p50", quantile(times, 0.5), "s", signUps}, Row{"signup_ready_p95", quantile(times, 0.95), "s", signUps})
	more, err := m.instance(ctx, bin)
	if err != nil {
		return nil, err
	}
	p, err := m.pageOfPosts(ctx, "page-reader")
	if err != nil {
		return nil, err
	}
	through, err := m.throughEdge(ctx, p)
	if err != nil {
		return nil, err
	}
	m.stop()
	crowd, err := burst(ctx, bin)
	return slices.Concat(rows, more, through, crowd), err
}

// instance starts a server on the database of a workspace, beside its own instance, as an upgrade does.
func (m *machine) instance(ctx context.Context, bin string) ([]Row, error) {
	env, err := m.environment()
	if err != nil {
		return nil, err
	}
	var times []float64
	var memory float64
	for i := range starts {
		took, rss, err := m.start(ctx, bin, env, i == starts-1)
		if err != nil {
			return nil, err
		}
		times, memory = append(times, took), rss
	}
	return []Row{{"instance_start", quantile(times, 0.5), "ms", starts}, {"instance_idle_rss", memory, "MiB", 1}}, nil
}

// environment is what the agent gives to one of the instances.
func (m *machine) environment() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(m.dir, "agent", "instances", "*", "desired.json"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(errors.New("the agent has no instance"), err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return nil, err
	}
	var kept struct {
		Desired struct {
			Env map[string]string `json:"env"`
		} `json:"desired"`
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		return nil, err
	}
	var env []string
	for name, value := range kept.Desired.Env {
		env = append(env, name+"="+value)
	}
	return env, nil
}

// start measures from the start of the process to its first answer in ms, and where idle is true its memory in MiB
// after a while without requests.
func (m *machine) start(ctx context.Context, bin string, env []string, idle bool) (took, rss float64, err error) {
	socket := filepath.Join(filepath.Dir(m.dir), "bench.sock")
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "workspace-server"), "serve")
	cmd.Env = append(env, "MM_SERVICESETTINGS_LISTENADDRESS=unix:"+socket)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = os.Remove(socket)
	}()
	err = eventually(ctx, 30*time.Second, func() error {
		resp, err := client.Get("http://instance/api/v4/system/ping")
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	})
	took = float64(time.Since(began).Microseconds()) / 1000
	if err == nil && idle {
		rest(ctx, quiet)
		rss, err = resident(cmd.Process.Pid)
	}
	return took, rss, err
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
