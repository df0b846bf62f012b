package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// chatIdle is long enough for an instance to have given back what it took to start and to answer.
const chatIdle = 130 * time.Second

// chat measures one chat server on a PostgreSQL of its own, which does wait for its disk, with the load program in bench/drive.
func chat(ctx context.Context, bin string) ([]Row, error) {
	dir, err := os.MkdirTemp("/tmp", "lhchat")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o711); err != nil {
		return nil, err
	}
	db, err := startPostgres(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer db.stop()
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	c := &chatServer{bin: filepath.Join(bin, "workspace-server"), address: address, env: []string{"MM_SQLSETTINGS_DRIVERNAME=postgres", "MM_SQLSETTINGS_DATASOURCE=" + db.source,
		"MM_SERVICESETTINGS_LISTENADDRESS=" + address, "MM_TEAMSETTINGS_ENABLEOPENSERVER=true"}}
	rows, err := c.alone(ctx, db)
	if err != nil {
		return nil, err
	}
	driven, err := c.driven(ctx, db, dir)
	return slices.Concat(rows, driven), err
}

// chatServer is how to start a chat server.
type chatServer struct {
	bin, address string
	env          []string
}

// serve starts it, and answers how long its first answer took, in ms.
func (c *chatServer) serve(ctx context.Context) (cmd *exec.Cmd, took float64, err error) {
	cmd = exec.CommandContext(ctx, c.bin, "serve")
	cmd.Env = c.env
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	err = eventually(ctx, 30*time.Second, func() error {
		resp, err := client.Get("http://" + c.address + "/api/v4/system/ping")
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	return cmd, float64(time.Since(began).Microseconds()) / 1000, err
}

func end(cmd *exec.Cmd) {
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
}

// alone measures a fresh database, starts on it, and an instance that nobody asks anything.
func (c *chatServer) alone(ctx context.Context, db *postgres) ([]Row, error) {
	migrate := exec.CommandContext(ctx, c.bin, "migrate")
	migrate.Env = c.env
	if out, err := migrate.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("migrate: %w: %s", err, out)
	}
	size, err := db.size(ctx)
	if err != nil {
		return nil, err
	}
	var times []float64
	for range starts {
		cmd, took, err := c.serve(ctx)
		if err != nil {
			return nil, err
		}
		end(cmd)
		times = append(times, took)
	}
	cmd, _, err := c.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer end(cmd)
	rest(ctx, chatIdle)
	idle, err := resident(cmd.Process.Pid)
	return []Row{{"chat_db_fresh", size, "MB", 1}, {"chat_start_ms", quantile(times, 0.5), "ms", starts}, {"chat_idle_rss", idle, "MiB", 1}}, err
}

// driven runs the load program against a fresh start.
func (c *chatServer) driven(ctx context.Context, db *postgres, dir string) ([]Row, error) {
	program, out := filepath.Join(dir, "drive"), filepath.Join(dir, "drive.json")
	build := exec.CommandContext(ctx, "go", "build", "-C", "bench/drive", "-o", program, ".")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build bench/drive: %w: %s", err, text)
	}
	cmd, _, err := c.serve(ctx)
	if err != nil {
		return nil, err
	}
	defer end(cmd)
	drive := exec.CommandContext(ctx, program, "-url", "http://"+c.address, "-scenario", "login,post,read,fanout,sockets,search", "-o", out,
		"-watch", fmt.Sprintf("server=%d,postgres=%d", cmd.Process.Pid, db.cmd.Process.Pid))
	drive.Stderr = os.Stderr
	if err := drive.Run(); err != nil {
		return nil, fmt.Errorf("bench/drive: %w", err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		return nil, err
	}
	var r driveReport
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("read what bench/drive wrote: %w", err)
	}
	return r.rows()
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
