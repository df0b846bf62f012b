package api

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
)

var errCutOff = fault.BadBody("body", "what its Content-Length says")

// whole reads a body, or a part of one, that ends with an error of the protocol where it ends early. It is told apart here: a connection of the database
// ends as suddenly, and a client must not take that for a refusal of what may be stored.
type whole struct{ io.Reader }

func (b whole) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, os.ErrDeadlineExceeded) {
		err = errCutOff
	}
	return n, err
}

// limited is the request's body, of which no more than so many bytes are read.
func (r *Request) limited(w http.ResponseWriter, most int64) io.Reader {
	return whole{http.MaxBytesReader(w, r.Body, most)}
}
