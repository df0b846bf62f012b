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
	"runtime"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// edgeProcess is an edge as `longhouse up` runs it, on a data directory that has nothing else.
type edgeProcess struct {
	bin    string
	layout datadir.Layout
	cmd    *exec.Cmd
	plain  string // host:port
	secure string // the same, with TLS
}

// prepareEdge makes the data directory in dir, for an edge of this control plane.
func prepareEdge(bin, dir string, control *standIn) (*edgeProcess, error) {
	e := &edgeProcess{bin: bin, layout: datadir.Layout{Root: filepath.Join(dir, "d"), UIDBase: datadir.DefaultUIDBase}}
	settings := datadir.Settings{BaseDomain: standInDomain, EdgeHTTP: "127.0.0.1:0", EdgeHTTPS: "127.0.0.1:0",
		API: strings.TrimPrefix(control.url, "http://"), UIDBase: datadir.DefaultUIDBase}
	return e, errors.Join(e.layout.Make(), e.layout.WriteSettings(settings), os.WriteFile(e.layout.EdgeToken(), []byte("bench\n"), 0o600))
}

// start returns as soon as the admin socket says that clients are let in.
func (e *edgeProcess) start(ctx context.Context) error {
	log, err := os.OpenFile(e.layout.Log("edge"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	e.cmd = exec.Command(filepath.Join(e.bin, "longhouse"), "serve", "--roles", "edge", "--data", e.layout.Root)
	e.cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", max(1, runtime.NumCPU()/2))) // as `longhouse up` does
	e.cmd.Stdout, e.cmd.Stderr = log, log
	if err := e.cmd.Start(); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", e.layout.EdgeSocket())
	}}}
	return eventually(ctx, time.Minute, func() error {
		res, err := client.Get("http://edge/v1/info")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		var info struct {
			Listen    string `json:"listen"`
			ListenTLS string `json:"listen_tls"`
			CaughtUp  bool   `json:"caught_up"`
			Routes    int    `json:"routes"`
		}
		if err := json.NewDecoder(res.Body).Decode(&info); err != nil {
			return err
		}
		if !info.CaughtUp || info.Routes == 0 {
			return errors.New("the edge lets nobody in yet; see " + e.layout.Log("edge"))
		}
		e.plain, e.secure = info.Listen, info.ListenTLS
		return nil
	})
}

// stop may be called again, and before start.
func (e *edgeProcess) stop() {
	if e.cmd == nil || e.cmd.ProcessState != nil || e.cmd.Process == nil {
		return
	}
	_ = e.cmd.Process.Signal(os.Interrupt)
	_ = e.cmd.Wait()
}

func (e *edgeProcess) processorTime() (time.Duration, error) { return processorTime(e.cmd.Process.Pid) }
