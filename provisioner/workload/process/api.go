package process

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

const (
	maxBody       = 1 << 20
	headerTimeout = 5 * time.Second
	lastAnswers   = 2 * time.Second // for calls that are under way when the agent ends
)

// wireError is the body of every answer but 2xx.
type wireError struct {
	Code    string `json:"code"` // stale, invalid, stopping, internal
	Message string `json:"message"`
}

func (a *Agent) routes() http.Handler {
	r := chi.NewRouter()
	r.Get("/v1/instances", a.serveList)
	r.Get("/v1/instances/{id}", a.serveObserve)
	r.Put("/v1/instances/{id}", a.serveApply)
	r.Delete("/v1/instances/{id}", a.serveRemove)
	r.Post("/v1/stop-all", a.serveStopAll)
	r.Get("/v1/borders", func(w http.ResponseWriter, _ *http.Request) { answer(w, a.bordersNow(), nil) })
	desk := a.figures.desk()
	for _, path := range []string{"/metrics", "/healthz", "/readyz"} {
		r.Get(path, desk.ServeHTTP)
	}
	return r
}

func (a *Agent) serve(ctx context.Context) error {
	ln, err := a.cfg.listen()
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: a.routes(), ReadHeaderTimeout: headerTimeout}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(ln) }()
	a.cfg.Log.Info("workload agent serves", "socket", Socket(a.cfg.Dir))
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastAnswers)
	defer cancel()
	if err := srv.Shutdown(last); err != nil {
		_ = srv.Close() // a caller that waits for a drain asks the next agent
	}
	return nil
}

// listen makes the socket where only we can reach it, gives it its owner and mode, and moves it into place, so that
// nobody else can ever open it and a caller never finds none.
func (c Config) listen() (net.Listener, error) {
	made := filepath.Join(c.agentDir(), "s")
	if err := os.RemoveAll(made); err != nil {
		return nil, err
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false)
	if asRoot() {
		err = os.Chown(made, 0, c.ControlGID)
	}
	if err == nil {
		err = os.Chmod(made, 0o660)
	}
	if err == nil {
		err = os.Rename(made, Socket(c.Dir))
	}
	if err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return ln, nil
}

func (a *Agent) serveList(w http.ResponseWriter, _ *http.Request) { answer(w, a.list(), nil) }

func (a *Agent) serveObserve(w http.ResponseWriter, r *http.Request) {
	o, err := a.observe(r.Context(), chi.URLParam(r, "id"))
	answer(w, o, err)
}

func (a *Agent) serveApply(w http.ResponseWriter, r *http.Request) {
	d, err := described(http.MaxBytesReader(w, r.Body, maxBody), chi.URLParam(r, "id"))
	if err != nil {
		answer(w, nil, err)
		return
	}
	answer(w, nil, a.apply(d))
}

// described reads what the instance with the id shall be. Its error names no value: the decoder's could quote a secret.
func described(body io.Reader, id string) (d workload.Desired, err error) {
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	err = dec.Decode(&d)
	if err == nil {
		_, err = dec.Token() // nothing may follow
	}
	if !errors.Is(err, io.EOF) || d.ID != id {
		return d, errors.Join(workload.ErrInvalid, errors.New("the body must be a description of the instance in the path"))
	}
	return d, nil
}

func (a *Agent) serveRemove(w http.ResponseWriter, r *http.Request) {
	generation, err := strconv.ParseInt(r.URL.Query().Get("generation"), 10, 64)
	if err != nil {
		answer(w, nil, errors.Join(workload.ErrInvalid, errors.New("generation must be a number")))
		return
	}
	answer(w, nil, a.remove(r.Context(), chi.URLParam(r, "id"), generation))
}

func (a *Agent) serveStopAll(w http.ResponseWriter, r *http.Request) {
	answer(w, nil, a.stopAll(r.Context()))
}

// codes are the errors that a client tells apart.
var codes = []struct {
	err    error
	code   string
	status int
}{
	{workload.ErrStale, "stale", http.StatusConflict},
	{workload.ErrInvalid, "invalid", http.StatusUnprocessableEntity},
	{errStopping, "stopping", http.StatusServiceUnavailable},
}

func answer(w http.ResponseWriter, v any, err error) {
	if err == nil && v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	status := http.StatusOK
	if err != nil {
		body := wireError{Code: "internal", Message: err.Error()}
		status = http.StatusInternalServerError
		for _, c := range codes {
			if errors.Is(err, c.err) {
				body.Code, status = c.code, c.status
				break
			}
		}
		v = body
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the caller is gone: it asks again
}
