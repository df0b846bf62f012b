package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
)

// Trouble says, in a sentence for whoever operates the database, what keeps it from doing its work; empty for an error that
// is about what was asked. After a lost connection it is not known whether what was asked has happened.
func Trouble(err error) string {
	if errors.Is(err, ErrNewerSchema) || errors.Is(err, ErrOlderSchema) {
		return err.Error()
	}
	refused := (*pgconn.PgError)(nil)
	if errors.As(err, &refused) {
		return troubleOf(refused)
	}
	failed := (*pgconn.ConnectError)(nil)
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk of the control plane's database is full"
	case errors.As(err, &failed):
		return "the control plane's database can't be reached"
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ""
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed),
		err != nil && strings.Contains(err.Error(), "conn closed"):
		return "the connection to the control plane's database was lost"
	}
	return ""
}

// Unready says, in such a sentence, why the control plane's database can't be worked with, for an error of Current.
func Unready(err error) string {
	return cmp.Or(Trouble(err), "the control plane's database can't be reached")
}

// troubleOf knows the codes of PostgreSQL that are about the server (appendix A of its manual).
func troubleOf(refused *pgconn.PgError) string {
	switch code := refused.Code; {
	case unwritten(refused):
		return "the disk of the control plane's database is full, or can't be written to"
	case code == "53100": // disk_full
		return "the disk of the control plane's database is full"
	case code == "53200": // out_of_memory
		return "the control plane's database is out of memory"
	case code == "53300": // too_many_connections
		return "the control plane's database has no connection left"
	case code == "25006": // read_only_sql_transaction
		return "the control plane's database is read-only: it is a standby"
	case code == "57P01", code == "57P02", code == "57P03": // admin_shutdown, crash_shutdown, cannot_connect_now
		return "the control plane's database is restarting"
	case strings.HasPrefix(code, "58"): // system errors
		return "the control plane's database can't use its disk"
	case code == "XX001", code == "XX002": // data_corrupted, index_corrupted
		return "the control plane's database is damaged"
	}
	return ""
}

// Plainly says of an error that a new session met what PostgreSQL leaves for people to guess.
func Plainly(err error) error {
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && unwritten(refused) {
		return fmt.Errorf("the server's disk is full, or can't be written to: %w", err)
	}
	return err
}

// unwritten: on a full disk the first that a new session misses is a cache of the server's, and that has no code of its own.
func unwritten(refused *pgconn.PgError) bool {
	return refused.Code == "XX000" && refused.Message == "could not write init file"
}
