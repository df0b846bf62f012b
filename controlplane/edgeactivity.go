package controlplane

import (
	"net/http"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// edgeActivity takes an edge's word for what IP filters did.
func (s *Server) edgeActivity(w http.ResponseWriter, r *http.Request) error {
	body, err := takeAll(w, r, feed.MaxActivity)
	if err != nil {
		return err
	}
	told, err := feed.ParseActivity(body)
	if err != nil {
		return &tenants.Refusal{Reason: tenants.Invalid, Message: err.Error()}
	}
	all := make([]tenants.IPActivity, 0, len(told.Workspaces))
	for _, t := range told.Workspaces {
		var a tenants.IPActivity
		if a.Workspace, err = parse(r.Context(), id.Workspace, "body.workspace_id", t.WorkspaceID); err != nil {
			return err
		}
		for _, h := range t.Rules {
			rule, err := parse(r.Context(), id.IPRule, "body.rules.id", h.ID)
			if err != nil {
				return err
			}
			a.Rules = append(a.Rules, tenants.IPRuleHits{Rule: rule, Requests: h.Hits, LastAt: h.Last})
		}
		for _, d := range t.Denied {
			a.Denied = append(a.Denied, tenants.IPDenial{Address: d.Address, Requests: d.Requests, LastAt: d.Last})
		}
		all = append(all, a)
	}
	return done(w, s.store.NoteIPActivity(r.Context(), all))
}
