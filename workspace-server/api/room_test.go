package api

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"syscall"
	"testing"

	"github.com/aws/smithy-go"
	"github.com/jackc/pgx/v5/pgconn"
)

func TestWhoeverFindsNoRoomIsToldSo(t *testing.T) {
	t.Parallel()
	a := &API{Log: slog.New(slog.DiscardHandler)}
	request := &Request{Request: httptest.NewRequest(http.MethodPost, "/files", http.NoBody)}
	for _, c := range []struct {
		err    error
		status int
	}{
		{&smithy.GenericAPIError{Code: "InsufficientStorage"}, http.StatusInsufficientStorage}, // the bucket's disk
		{&pgconn.PgError{Code: "53100"}, http.StatusInsufficientStorage},                       // the database's
		{&fs.PathError{Op: "write", Path: "/tmp/upload1", Err: syscall.ENOSPC}, http.StatusInsufficientStorage},
		{&fs.PathError{Op: "write", Path: "/tmp/upload1", Err: syscall.EDQUOT}, http.StatusInsufficientStorage},
		{&smithy.GenericAPIError{Code: "AccessDenied"}, http.StatusInternalServerError},
		{&pgconn.PgError{Code: "53300"}, http.StatusInternalServerError},
		{errors.New("something"), http.StatusInternalServerError},
	} {
		if got := a.explain(request, fmt.Errorf("store file: %w", c.err)); got.StatusCode != c.status {
			t.Errorf("%v: %d %s", c.err, got.StatusCode, got.Message)
		}
	}
	if got := a.Failures.Load(); got != 7 {
		t.Errorf("%d of 7 are counted for the operator", got)
	}
}
