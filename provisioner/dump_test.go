package provisioner

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/embedded"
	"github.com/longhouse-dev/longhouse/internal/testdb"
)

// filled is a database with rows of 100 bytes.
func filled(t *testing.T, rows int) (url string, conn *pgx.Conn) {
	t.Helper()
	url = testdb.New(t)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) })
	sql(t, conn, "create table rows (id int primary key, text text not null)")
	sql(t, conn, "insert into rows select i, 'row ' || lpad(i::text, 90, '0') from generate_series(1, $1::int) i", rows)
	return url, conn
}

func sql(t *testing.T, conn *pgx.Conn, text string, args ...any) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), text, args...); err != nil {
		t.Fatal(err)
	}
}

func TestADumpIsOfOneMoment(t *testing.T) {
	t.Parallel()
	url, conn := filled(t, 1000)
	m, err := openMoment(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.close() }()
	sql(t, conn, "insert into rows values (0, 'too late')")
	sql(t, conn, "delete from rows where id = 500")
	d, err := m.dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	data, err := io.ReadAll(d)
	if err != nil {
		t.Fatal(err)
	}
	target := testdb.New(t)
	load, err := embedded.Client(t.Context(), m.major, "pg_restore", target, "--dbname="+databaseIn(t, target))
	if err != nil {
		t.Fatal(err)
	}
	load.Stdin = bytes.NewReader(data)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	restored, err := pgx.Connect(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = restored.Close(t.Context()) }()
	var rows, least, deleted int
	if err := restored.QueryRow(t.Context(), "select count(*), min(id), count(*) filter (where id = 500) from rows").Scan(&rows, &least, &deleted); err != nil {
		t.Fatal(err)
	}
	if rows != 1000 || least != 1 || deleted != 1 {
		t.Errorf("restored are %d rows, the first of them %d, and %d of the one that was deleted later", rows, least, deleted)
	}
}

func databaseIn(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}

// A dump that breaks off has no end that could be taken for one.
func TestADumpThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	url, _ := filled(t, 50_000)
	m, err := openMoment(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.close() }()
	d, err := m.dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := io.ReadFull(d, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, d); err == nil {
		t.Errorf("after %d more bytes it ended as if all was there", n)
	}
	if _, err := d.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read again it says %v", err)
	}
}

func TestADumpOfWhatCanNotBeReadSaysWhy(t *testing.T) {
	t.Parallel()
	url, conn := filled(t, 1)
	m, err := openMoment(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = m.close() }()
	sql(t, conn, "select 1")
	m.snapshot = "00000003-000FFFFF-1"
	d, err := m.dump(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := io.Copy(io.Discard, d); err == nil || !strings.Contains(err.Error(), "snapshot") {
		t.Errorf("it says %v", err)
	}
}

// Not who lists processes, and not who reads logs, be it that it is the wrong one.
func TestNobodyIsToldTheDatabasesPassword(t *testing.T) {
	t.Parallel()
	right := testdb.New(t)
	config, err := pgx.ParseConfig(right)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.Replace(right, config.Password, "a-wrong-one", 1)
	if config.Password == "" || wrong == right {
		t.Fatal("the database has no password")
	}
	for url, password := range map[string]string{right: config.Password, wrong: "a-wrong-one"} {
		m, err := openMoment(t.Context(), right)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = m.close() }()
		m.url = url
		d, err := m.dump(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = d.Close() }()
		_, err = io.Copy(io.Discard, d)
		if (err == nil) != (url == right) {
			t.Errorf("the dump ends with %v", err)
		}
		if told := fmt.Sprint(d.cmd.Args, d.complaints.String(), err); strings.Contains(told, password) {
			t.Errorf("told is %s", told)
		}
	}
	for _, url := range []string{wrong, strings.Replace(wrong, "sslmode=disable", "sslmode=none-such", 1)} {
		if _, err := openMoment(t.Context(), url); err == nil || strings.Contains(err.Error(), "a-wrong-one") {
			t.Errorf("it says %v", err)
		}
	}
}
