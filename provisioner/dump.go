package provisioner

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/db"
	"github.com/longhouse-dev/longhouse/internal/embedded"
)

//go:embed moment.sql
var holdMoment string

// moment is a database as it is at one time, for whoever asks by its name, until it is closed.
type moment struct {
	conn     *pgx.Conn
	tx       pgx.Tx
	url      string
	major    int
	snapshot string
	at       time.Time // by the server's clock: what was committed before is in it
}

// openMoment holds the database as it is now.
func openMoment(ctx context.Context, url string) (*moment, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, fmt.Errorf("reach the database: %w", db.Plainly(err))
	}
	m := &moment{conn: conn, url: url}
	if err := m.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("hold the database as it is: %w", err), m.close())
	}
	return m, nil
}

func (m *moment) begin(ctx context.Context) (err error) {
	if m.tx, err = m.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		return err
	}
	return m.tx.QueryRow(ctx, holdMoment).Scan(&m.snapshot, &m.at, &m.major)
}

func (m *moment) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return m.conn.Close(ctx) // which ends the transaction
}

// dump is the database in pg_dump's own format, not compressed, so that what didn't change are the same bytes again. Its end comes only where pg_dump
// says that it has written all; else there is an error. Close it in any case.
func (m *moment) dump(ctx context.Context) (*dump, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := embedded.Client(ctx, m.major, "pg_dump", m.url, "--format=custom", "--compress=0", "--snapshot="+m.snapshot)
	if err != nil {
		cancel()
		return nil, err
	}
	d := &dump{cmd: cmd, cancel: cancel}
	cmd.Stderr = &d.complaints
	cmd.WaitDelay = 10 * time.Second
	if d.out, err = cmd.StdoutPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start pg_dump: %w", err)
	}
	return d, nil
}

// dump is what pg_dump writes.
type dump struct {
	cmd        *exec.Cmd
	cancel     context.CancelFunc
	out        io.ReadCloser
	complaints bytes.Buffer
	ended      bool
	err        error
}

// Read implements io.Reader.
func (d *dump) Read(p []byte) (int, error) {
	if d.ended {
		return 0, d.err
	}
	n, err := d.out.Read(p)
	if err != nil {
		return n, d.end(err)
	}
	return n, nil
}

func (d *dump) end(read error) error {
	d.ended, d.err = true, io.EOF
	if err := d.cmd.Wait(); err != nil {
		d.err = fmt.Errorf("pg_dump: %w: %s", err, embedded.Complaint(d.complaints.String()))
	} else if !errors.Is(read, io.EOF) {
		d.err = fmt.Errorf("read what pg_dump writes: %w", read)
	}
	return d.err
}

// Close ends pg_dump, if it goes on.
func (d *dump) Close() error {
	d.cancel()
	if !d.ended {
		_ = d.end(io.ErrClosedPipe)
	}
	return nil
}
