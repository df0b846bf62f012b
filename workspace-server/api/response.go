package api

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/go-chi/chi/v5"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Response is the answer to a request: a JSON value, or something that writes itself.
type Response struct {
	Status int // 200 when zero
	JSON   any
	Header http.Header
	Write  func(w http.ResponseWriter, r *http.Request)
}

// Handler does what a route is for.
type Handler func(r *Request) (Response, error)

func reply(v any, err error) (Response, error) { return Response{JSON: v}, err }

func created(v any, err error) (Response, error) {
	return Response{Status: http.StatusCreated, JSON: v}, err
}

func done(err error) (Response, error) { return Response{JSON: status{"OK"}}, err }

type status struct {
	Status string `json:"status"`
}

// Body says how a route takes its request's body.
type Body int

// The ways to take a body: JSON bodies are read before the rule, streams by the handler.
const (
	buffered Body = iota
	unread
	ofChannel // as buffered; channel_id says where
)

// Route is one line of the protocol and who may call it.
type Route struct {
	Method, Path string
	Rule         Rule
	Handler      Handler
	Body         Body
}

// adapt makes net/http call a route: who asks, may they, do it, answer.
func (a *API) adapt(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, raw *http.Request) {
		r := &Request{Request: raw, RequestID: id.New().String()}
		a.commonHeaders(w, r)
		out, err := a.answer(w, r, route)
		if err != nil {
			a.fail(w, r, err)
		} else {
			a.write(w, r, out)
		}
		a.Requests.Add(1)
	}
}

func (a *API) answer(w http.ResponseWriter, r *Request, route Route) (out Response, err error) {
	defer func() {
		if p := recover(); p != nil {
			if cut, is := p.(error); is && errors.Is(cut, http.ErrAbortHandler) {
				panic(p)
			}
			a.Log.Error("request panicked", "request", r.RequestID, "panic", p, "stack", string(debug.Stack()))
			err = errors.New("panic")
		}
	}()
	if len(r.RequestURI) > maxAddress {
		return out, fault.New(http.StatusRequestURITooLong, "api.context.url_too_long.app_error", "The address has at most %d bytes.", maxAddress)
	}
	if route.Body != unread {
		if err := r.readBody(w, cmp.Or(a.bodyWithin, bodyPatience)); err != nil {
			return out, err
		}
	}
	if err := a.authenticate(r, route); err != nil {
		return out, err
	}
	if late, refused := a.paceByUser(w, r); refused {
		return late, nil
	}
	if err := route.Rule(a, r); err != nil {
		return out, a.rather501(r, err)
	}
	out, err = route.Handler(r)
	return out, a.rather501(r, err)
}

func (a *API) commonHeaders(w http.ResponseWriter, r *Request) {
	h := w.Header()
	h.Set("X-Request-Id", r.RequestID)
	h.Set("X-Version-Id", a.Config.VersionHeader())
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	if r.Method == http.MethodGet {
		h.Set("Expires", "0")
	}
}

func (a *API) write(w http.ResponseWriter, r *Request, out Response) {
	for k, v := range out.Header {
		w.Header()[k] = v
	}
	if out.Write != nil {
		out.Write(w, r.Request)
		return
	}
	if out.Status == 0 {
		out.Status = http.StatusOK
	}
	writeJSON(w, out.Status, out.JSON)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	text, done := encoded(v)
	defer done()
	w.Header().Set("Content-Type", "application/json")
	// With the length told, whoever passes the answer on need not do so piece by piece.
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// answers are buffers for what is long and asked for often.
var answers = sync.Pool{New: func() any { return new([]byte) }}

// keepAnswers bounds the buffers, in bytes.
const keepAnswers = 256 << 10

// encoded is a value as the protocol writes it, to be used until done.
func encoded(v any) (text []byte, done func()) {
	long, ok := v.(wire.Appender)
	if !ok {
		text, err := wire.JSON(v)
		if err != nil {
			panic(err) // wire types always encode
		}
		return text, func() {}
	}
	buf := answers.Get().(*[]byte)
	*buf = long.AppendJSON((*buf)[:0])
	return *buf, func() {
		if cap(*buf) <= keepAnswers {
			answers.Put(buf)
		}
	}
}

// fail answers with the protocol's error body. What is no fault of the client's is logged here and nowhere else.
func (a *API) fail(w http.ResponseWriter, r *Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		return // the client has gone
	}
	body := a.explain(r, err)
	writeJSON(w, body.StatusCode, body)
}

// explain tells a client what went wrong, in as far as it is theirs to know.
func (a *API) explain(r *Request, err error) *wire.Error {
	var known *fault.Error
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &known):
	case errors.As(err, &large):
		known = fault.New(http.StatusRequestEntityTooLarge, "api.context.request_body_too_large.app_error", "The request is larger than %d bytes.", large.Limit)
	case store.Unstorable(err):
		known = fault.BadBody("body", "texts without NUL bytes")
	case noRoom(err):
		a.note(r, err)
		known = fault.New(http.StatusInsufficientStorage, "api.context.no_room.app_error", "There is no room left on the server to store this. Its operator has been told; it can be tried again once there is.")
	default:
		a.note(r, err)
		known = fault.New(http.StatusInternalServerError, "api.context.internal.app_error", "Something went wrong on the server; the request id helps its operator to find out what.")
	}
	return &wire.Error{ID: known.ID, Message: known.Message, RequestID: r.RequestID, StatusCode: known.Status}
}

// note tells the operator of what is no client's fault.
func (a *API) note(r *Request, err error) {
	a.Failures.Add(1)
	a.Log.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request", r.RequestID),
		slog.String("method", r.Method), slog.String("route", chi.RouteContext(r.Context()).RoutePattern()), slog.String("error", err.Error())) // the path of a hook opens it
}

// absent answers for what no route serves: 501 where the protocol has one, else 404.
func (a *API) absent(r *Request) (Response, error) {
	if path, ok := strings.CutPrefix(r.URL.Path, Prefix); ok {
		if _, known := protocolRoute(r.Method, path); known {
			return Response{}, fault.NotImplemented()
		}
	}
	return Response{}, fault.New(http.StatusNotFound, "api.context.404.app_error", "Sorry, there is nothing at this address.")
}
