// Package admin owns the control plane's own way into a workspace: a second socket whose every call bears a token that
// the control plane signed for this workspace. It never serves users, and nothing here is reachable by the edge.
package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
	"github.com/longhouse-dev/longhouse/workspace-server/api"
	"github.com/longhouse-dev/longhouse/workspace-server/border"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/sessions"
)

// Desk answers the control plane.
type Desk struct {
	API *api.API
	Log *slog.Logger
}

const maxBody = 16 << 10

// Handler serves the admin routes, each of them only to a bearer of a good token.
func (d *Desk) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /admin/v1/first-admin", d.guard(d.firstAdmin))
	mux.HandleFunc("POST /admin/v1/sign-in-links", d.guard(d.signInLink))
	mux.HandleFunc("POST /admin/v1/sessions", d.guard(d.session))
	mux.HandleFunc("POST /admin/v1/borders", d.guard(d.borders))
	mux.HandleFunc("GET /admin/v1/status", d.guard(d.status))
	mux.HandleFunc("GET /admin/v1/rest", d.guard(d.rest))
	mux.HandleFunc("GET /admin/v1/visits", d.guard(d.visits))
	mux.HandleFunc("GET /metrics", d.guard(d.metrics))
	mux.HandleFunc("/", d.guard(func(http.ResponseWriter, *http.Request) (any, error) {
		return nil, fault.New(http.StatusNotFound, "longhouse.admin.absent", "There is no such admin route.")
	}))
	return mux
}

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

type call func(w http.ResponseWriter, r *http.Request) (any, error)

// guard lets a call pass with a good token only. Every call leaves one line in the log: who asked for what, how it ended,
// and within which request to the control plane; never a token, a body or an answer.
func (d *Desk) guard(next call) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		log := d.Log
		if request := r.Header.Get("X-Request-Id"); requestIDForm.MatchString(request) {
			log = log.With("request", request)
		}
		who, err := verify(r.Header.Get("Authorization"), d.API.Config.Settings().Admin, d.API.Now())
		if err != nil {
			log.Info("admin request refused", "method", r.Method, "path", r.URL.Path, "reason", err.Error())
			answer(w, http.StatusUnauthorized, problem{"A token of the control plane for this workspace is needed: " + err.Error() + "."})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		out, err := next(w, r)
		var known *fault.Error
		switch {
		case errors.As(err, &known):
			log.Info("admin request", "method", r.Method, "path", r.URL.Path, "subject", who, "status", known.Status)
			answer(w, known.Status, problem{known.Message})
		case err != nil:
			log.Error("admin request failed", "method", r.Method, "path", r.URL.Path, "subject", who, "error", err.Error())
			answer(w, http.StatusInternalServerError, problem{"Something went wrong; the workspace's log says what."})
		default:
			log.Info("admin request", "method", r.Method, "path", r.URL.Path, "subject", who, "status", http.StatusOK)
			if out != nil {
				answer(w, http.StatusOK, out)
			}
		}
	}
}

type problem struct {
	Detail string `json:"detail"`
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// longestLife is how far away a token's end may be.
const longestLife = time.Minute

// verify checks a token's signature, audience and life, and answers its subject. Its errors never repeat the token.
func verify(header string, settings config.Admin, now time.Time) (subject string, err error) {
	text, ok := strings.CutPrefix(header, "Bearer ")
	if !ok {
		return "", errors.New("the Authorization header has no Bearer token")
	}
	var claims jwt.RegisteredClaims
	_, err = jwt.ParseWithClaims(text, &claims, func(*jwt.Token) (any, error) { return settings.Key, nil },
		jwt.WithValidMethods([]string{"EdDSA"}), jwt.WithAudience(settings.WorkspaceID), jwt.WithExpirationRequired(),
		jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return now }))
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return "", errors.New("the token has expired")
	case errors.Is(err, jwt.ErrTokenInvalidAudience):
		return "", errors.New("the token is for another workspace")
	case err != nil:
		return "", errors.New("the token is not signed by the control plane's key")
	case claims.ExpiresAt.Sub(now) > longestLife+5*time.Second: // clocks differ a little
		return "", errors.New("the token lives longer than a minute")
	case claims.Subject == "":
		return "", errors.New("the token has no subject")
	}
	return claims.Subject, nil
}

// deepest is how far a body nests at most; those of our routes have one level.
const deepest = 2

func body[T any](r *http.Request) (T, error) {
	var v T
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = strictjson.Check(text, deepest)
	}
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(&v)
	}
	if err != nil {
		return v, fault.BadBody("body", "a JSON object with the fields of this route, at most 16 KiB")
	}
	return v, nil
}

type userRef struct {
	UserID id.ID `json:"user_id"`
}

func (d *Desk) firstAdmin(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := body[struct {
		Email    string `json:"email"`
		Username string `json:"username"`
	}](r)
	if err != nil {
		return nil, err
	}
	user, err := d.API.Users.FirstAdmin(r.Context(), in.Email, in.Username)
	return userRef{user}, err
}

func (d *Desk) signInLink(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := body[userRef](r)
	if err != nil {
		return nil, err
	}
	if _, err := d.API.Users.Get(r.Context(), in.UserID); err != nil {
		return nil, err
	}
	link, err := d.API.Sessions.NewLink(r.Context(), in.UserID)
	return map[string]string{"path": sessions.LinkPath + "?t=" + link.Token, "expires_at": link.ExpiresAt.UTC().Format(time.RFC3339)}, err
}

func (d *Desk) session(_ http.ResponseWriter, r *http.Request) (any, error) {
	in, err := body[userRef](r)
	if err != nil {
		return nil, err
	}
	if _, err := d.API.Users.Get(r.Context(), in.UserID); err != nil {
		return nil, err
	}
	o, err := d.API.Sessions.Open(r.Context(), in.UserID, sessions.Origin{Platform: "control plane"})
	return map[string]string{"token": o.Token, "user_id": o.UserID.String()}, err
}

// borders has this server try to get at what belongs to another workspace, with all that it has of its own.
func (d *Desk) borders(_ http.ResponseWriter, r *http.Request) (any, error) {
	target, err := body[border.Target](r)
	if err != nil {
		return nil, err
	}
	return border.Try(r.Context(), *d.API.Config.Settings(), target), nil
}

type state struct {
	Version    string `json:"version"`
	Users      int64  `json:"users"`
	Posts      int64  `json:"posts"`
	WebSockets int    `json:"web_sockets"`
	Beside     int    `json:"beside"` // other instances that this one hears
	Ready      bool   `json:"ready"`
}

// status says how the instance is. It also has it look for others: whoever starts one beside it asks both until they hear each other.
func (d *Desk) status(_ http.ResponseWriter, r *http.Request) (any, error) {
	d.API.Bus.Look()
	out := state{Version: config.Version, WebSockets: d.API.Hub.Sockets(), Beside: d.API.Bus.Heard()}
	users, err := d.API.DB.CountUsers(r.Context())
	if err != nil {
		return out, nil // not ready, and that is the answer
	}
	posts, err := d.API.DB.CountPosts(r.Context())
	out.Users, out.Posts, out.Ready = users, posts, err == nil
	return out, nil
}

// metrics writes the few figures that a workspace has, without a library that would weigh more than all of them.
func (d *Desk) metrics(w http.ResponseWriter, _ *http.Request) (any, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	for _, g := range []struct {
		name, kind, help string
		value            float64
	}{
		{"longhouse_workspace_http_requests_total", "counter", "Requests answered.", float64(d.API.Requests.Load())},
		{"longhouse_workspace_http_failures_total", "counter", "Requests that failed through no fault of the client.", float64(d.API.Failures.Load())},
		{"longhouse_workspace_web_sockets", "gauge", "Clients connected now.", float64(d.API.Hub.Sockets())},
		{"longhouse_workspace_instances_beside", "gauge", "Other instances of the workspace that this one hears.", float64(d.API.Bus.Heard())},
		{"longhouse_workspace_hook_deliveries_left_out_total", "counter", "Deliveries of outgoing webhooks for which there was no room.", float64(d.API.Hooks.LeftOut.Load())},
		{"longhouse_workspace_hook_deliveries_given_up_total", "counter", "Deliveries of outgoing webhooks that no program took.", float64(d.API.Hooks.GivenUp.Load())},
		{"longhouse_workspace_database_connections", "gauge", "Connections to the database that the pool holds now.", float64(d.API.DB.Connections())},
		{"process_resident_memory_bytes", "gauge", "Resident memory.", resident(&m)},
		{"go_goroutines", "gauge", "Goroutines.", float64(runtime.NumGoroutine())},
		{"go_memstats_heap_inuse_bytes", "gauge", "Heap in use.", float64(m.HeapInuse)},
	} {
		fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n%s %s\n", g.name, g.help, g.name, g.kind, g.name, strconv.FormatFloat(g.value, 'g', -1, 64))
	}
	return nil, nil
}

// resident reads the second figure of statm, in pages. Where the server may not see even itself in /proc, it is what the
// runtime has of the system and hasn't given back.
func resident(m *runtime.MemStats) float64 {
	text, err := os.ReadFile("/proc/self/statm")
	fields := strings.Fields(string(text))
	if err != nil || len(fields) < 2 {
		return float64(m.Sys - m.HeapReleased)
	}
	pages, _ := strconv.ParseFloat(fields[1], 64)
	return pages * float64(os.Getpagesize())
}
