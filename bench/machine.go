package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// machine is a `longhouse up` of its own.
type machine struct {
	dir  string
	cmd  *exec.Cmd
	api  string
	edge string // host:port
	tls  string // the same for https; empty without it
	base string
	http *http.Client
}

func startMachine(ctx context.Context, bin string, flags ...string) (*machine, error) {
	dir, err := os.MkdirTemp("/tmp", "lhbench")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	m := &machine{dir: filepath.Join(dir, "d")}
	m.http = &http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: m.dial, TLSClientConfig: tlsConfig("")}}
	m.cmd = exec.Command(filepath.Join(bin, "longhouse"), append([]string{"up", "--data", m.dir, "--http", "127.0.0.1:0", "--api", "127.0.0.1:0",
		// All that asks comes from this machine's one address, as fast as it can.
		"--workspace-rate", "0", "--address-rate", "0", "--workspace-connections", "0"}, flags...)...)
	m.cmd.Stdout, m.cmd.Stderr = os.Stderr, os.Stderr
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	if err := m.await(ctx); err != nil {
		m.stop()
		return nil, err
	}
	return m, nil
}

func (m *machine) await(ctx context.Context) error {
	var up struct {
		API  string `json:"api"`
		Edge struct {
			HTTP  string `json:"http"`
			HTTPS string `json:"https"`
		} `json:"edge"`
		BaseDomain string `json:"base_domain"`
	}
	err := eventually(ctx, time.Minute, func() error {
		data, err := os.ReadFile(filepath.Join(m.dir, "up.json"))
		if err != nil {
			return err
		}
		return json.Unmarshal(data, &up)
	})
	m.api, m.edge, m.tls, m.base = up.API, up.Edge.HTTP, up.Edge.HTTPS, up.BaseDomain
	return err
}

// stop may be called again.
func (m *machine) stop() {
	if m.cmd.ProcessState != nil {
		return
	}
	_ = m.cmd.Process.Signal(os.Interrupt)
	_ = m.cmd.Wait()
	_ = os.RemoveAll(filepath.Dir(m.dir))
}

// dial finds every name at the edge, on the port that it is asked for.
func (m *machine) dial(ctx context.Context, network, address string) (net.Conn, error) {
	var d net.Dialer
	if host, port, err := net.SplitHostPort(address); err == nil && net.ParseIP(host) == nil {
		address = net.JoinHostPort("127.0.0.1", port)
	}
	return d.DialContext(ctx, network, address)
}

// signUp makes a customer and returns how long it took from the request to the first 200 through the edge, in seconds.
func (m *machine) signUp(ctx context.Context, slug string) (float64, error) {
	body := fmt.Sprintf(`{"email":"owner@%s.example","password":"a long enough password","tenant":%q,"slug":%q}`, slug, slug, slug)
	began := time.Now()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.api+"/api/v1/signup", bytes.NewReader([]byte(body)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := m.http.Do(req)
	if err != nil {
		return 0, err
	}
	answer, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusCreated {
		return 0, fmt.Errorf("sign-up answered %s: %s", resp.Status, answer)
	}
	_, port, _ := net.SplitHostPort(m.edge)
	url := "http://" + slug + "." + m.base + ":" + port + "/api/v4/system/ping"
	err = eventually(ctx, 2*time.Minute, func() error {
		resp, err := m.http.Get(url)
		if err != nil {
			return err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return errors.New(resp.Status)
		}
		return nil
	})
	return time.Since(began).Seconds(), err
}

// child returns the process id of a part.
func (m *machine) child(name string) (int, error) {
	var record struct {
		Process struct {
			PID int `json:"pid"`
		} `json:"process"`
	}
	data, err := os.ReadFile(filepath.Join(m.dir, "run", "children", name+".json"))
	if err != nil {
		return 0, err
	}
	return record.Process.PID, json.Unmarshal(data, &record)
}

// controlPlane is the memory of all its processes: what each has resident, and what of that is shared counted once.
func (m *machine) controlPlane(suffix string) ([]Row, error) {
	parts := []string{"control", "worker-a", "worker-b", "solo-a", "solo-b"}
	var rss, pss float64
	for _, name := range parts {
		pid, err := m.child(name)
		if err != nil {
			return nil, err
		}
		whole, err := resident(pid)
		if err != nil {
			return nil, err
		}
		share, err := mebibytes(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:")
		if err != nil {
			return nil, err
		}
		rss, pss = rss+whole, pss+share
	}
	return []Row{{"controlplane_rss" + suffix, rss, "MiB", len(parts)}, {"controlplane_pss" + suffix, pss, "MiB", len(parts)}}, nil
}

// resident is a process's memory in MiB, files that it maps included.
func resident(pid int) (float64, error) {
	return mebibytes(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
}

func mebibytes(file, name string) (float64, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("%s has no %s", file, name)
}

func eventually(ctx context.Context, within time.Duration, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("gave up after %s: %w", within, err)
		case <-time.After(5 * time.Millisecond):
		}
	}
}
