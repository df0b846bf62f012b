package main

import (
	"context"
	_ "embed"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/embedded"
)

var (
	//go:embed chat_create.sql
	createChat string
	//go:embed chat_size.sql
	chatSize string
)

// postgres is a cluster that was started for this.
type postgres struct {
	cmd    *exec.Cmd
	source string
}

func startPostgres(ctx context.Context, dir string) (*postgres, error) {
	c := embedded.Cluster{Name: "bench", Dir: filepath.Join(dir, "data"), SocketDir: filepath.Join(dir, "run"), PasswordFile: filepath.Join(dir, "password"),
		MaxConnections: 100, SharedBuffersMiB: 1024, AutovacuumNaptime: time.Minute}
	how, err := c.Prepare(ctx)
	if err != nil {
		return nil, err
	}
	cmd := how.Process()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &postgres{cmd: cmd}
	if err := c.Ready(ctx); err != nil {
		p.stop()
		return nil, err
	}
	p.source, err = c.SuperuserDSN("chat")
	if err == nil {
		err = p.create(ctx, c)
	}
	if err != nil {
		p.stop()
	}
	return p, err
}

func (p *postgres) create(ctx context.Context, c embedded.Cluster) error {
	admin, err := c.SuperuserDSN("postgres")
	if err != nil {
		return err
	}
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, createChat)
	return err
}

// size is the database's, in MB.
func (p *postgres) size(ctx context.Context) (float64, error) {
	conn, err := pgx.Connect(ctx, p.source)
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	var bytes float64
	err = conn.QueryRow(ctx, chatSize).Scan(&bytes)
	return bytes / 1e6, err
}

func (p *postgres) stop() { end(p.cmd) }
