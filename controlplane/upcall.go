package controlplane

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/tenants"
)

// How often a workspace may ask. It is taken to be hostile: whoever runs code in it asks what it may ask, and each save is a version that is
// kept and mailed.
var (
	perWorkspace = allowance{60, 500 * time.Millisecond}
	perSave      = allowance{20, 10 * time.Second}
)

const asksTooOften = "this workspace asks too often"

// Workspaces is what workspaces ask, each of what is its own. It is served apart from the API, where nobody else comes.
func (s *Server) Workspaces() http.Handler {
	router := chi.NewMux()
	router.Use(s.logged, plainHeaders, strictAddress)
	router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, problem(r.Context(), http.StatusNotFound, "there is nothing at this address"))
	})
	router.Get(upcall.IPFilterPath, s.forWorkspaces(s.consoleFilter))
	router.Put(upcall.IPFilterPath, s.forWorkspaces(s.saveConsoleFilter))
	return router
}

// forWorkspaces lets nobody pass but an instance, and that to nothing but its workspace.
func (s *Server) forWorkspaces(serve func(w http.ResponseWriter, r *http.Request, workspace uuid.UUID) (upcall.IPFilter, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r = r.WithContext(ctx)
		f, err := s.heard(w, r, serve)
		if err == nil {
			err = answerEdge(w, f)
		}
		if err != nil {
			writeProblem(w, problemOf(ctx, err))
		}
	}
}

func (s *Server) heard(w http.ResponseWriter, r *http.Request, serve func(http.ResponseWriter, *http.Request, uuid.UUID) (upcall.IPFilter, error)) (f upcall.IPFilter, err error) {
	secret, err := bearer(r)
	if err != nil {
		return f, err
	}
	workspace, err := s.store.WorkspaceOf(r.Context(), secret)
	if err != nil {
		return f, err
	}
	shown := id.Show(id.Workspace, workspace)
	entryOf(r.Context()).principal = shown
	noteID(r.Context(), "workspace", shown)
	if err := s.upcalls.refuse(r.Context(), s.now(), perWorkspace, asksTooOften, "asks", workspace.String()); err != nil {
		return f, err
	}
	return serve(w, r, workspace)
}

func (s *Server) consoleFilter(_ http.ResponseWriter, r *http.Request, workspace uuid.UUID) (upcall.IPFilter, error) {
	f, settled, err := s.store.ConfirmedFilter(r.Context(), workspace)
	return upcall.IPFilter{Version: f.Version, Settled: settled, Rules: f.AtConsole(s.now())}, err
}

// saveConsoleFilter goes on when the workspace hangs up, as every write does.
func (s *Server) saveConsoleFilter(w http.ResponseWriter, r *http.Request, workspace uuid.UUID) (f upcall.IPFilter, err error) {
	body, err := s.readBody(w, r, upcall.MaxIPFilter)
	if err != nil {
		return f, err
	}
	save, err := upcall.ParseSave(body)
	if err != nil {
		return f, &tenants.Refusal{Reason: tenants.Invalid, Message: err.Error()}
	}
	if err := s.upcalls.refuse(r.Context(), s.now(), perSave, asksTooOften, "saves", workspace.String()); err != nil {
		return f, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), patience)
	defer cancel()
	entryOf(ctx).principal = id.Show(id.Workspace, workspace) + "/" + save.User.ID
	from, _ := netip.ParseAddr(save.From) // one that can't be read isn't known
	saved, route, err := s.store.SaveAtConsole(ctx, workspace, tenants.ConsoleSave{User: save.User, From: from, Rules: save.Rules})
	if err != nil {
		return f, err
	}
	f = upcall.IPFilter{Version: saved.Version, Rules: saved.AtConsole(s.now())}
	told, err := s.awaitEdges(ctx, route)
	if err != nil {
		s.log.Error("it is not known how far an IP filter is in force", "workspace", id.Show(id.Workspace, workspace), "error", err)
		return f, nil
	}
	f.Settled = len(told.Behind) == 0
	return f, nil
}
