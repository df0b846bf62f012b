package api

import (
	"errors"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/files"
)

// probeFiles tries the connection to the bucket.
func (a *API) probeFiles(r *Request) (Response, error) {
	in, err := decode[struct {
		FileSettings files.Connection `json:"FileSettings"`
	}](r)
	if err != nil {
		return Response{}, err
	}
	err = a.Files.Probe(r.Context(), in.FileSettings)
	if refused, known := errors.AsType[*fault.Error](err); known {
		return Response{}, refused
	}
	if err != nil && !files.NoRoom(err) {
		a.note(r, err)
		err = fault.New(http.StatusInternalServerError, "api.file.test_connection.app_error", "Where this workspace keeps its files can't be reached, or does not keep them. Its operator has been told.")
	}
	return done(err)
}
