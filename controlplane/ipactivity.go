package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// IPActivity is what an IP filter did, as far as the edges have told, each every ten seconds.
type IPActivity struct {
	Version int64        `json:"version" doc:"Of the filter, the one in force"`
	Rules   []IPRuleHits `json:"rules" doc:"All that it has"`
	Denied  []IPDenial   `json:"denied" doc:"The last 100 addresses, of the last 30 days, the newest first"`
}

// IPRuleHits says how many requests a rule has let in. Of several that have an address it is the one of the smallest network.
type IPRuleHits struct {
	ID       string     `json:"id"`
	Network  string     `json:"network" example:"203.0.113.0/24"`
	Name     string     `json:"name"`
	Requests int64      `json:"requests" doc:"Since the rule was added"`
	LastAt   *time.Time `json:"last_at,omitempty" doc:"When it let the last one in"`
}

// IPDenial says how many requests of an address were denied.
type IPDenial struct {
	Address  string    `json:"address" example:"198.51.100.7"`
	Requests int64     `json:"requests"`
	LastAt   time.Time `json:"last_at" doc:"When the last one was"`
}

// IPActivityOut answers with what an IP filter did.
type IPActivityOut struct{ Body IPActivity }

func (s *Server) ipActivity(ctx context.Context, in *WorkspaceIn) (*IPActivityOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	f, a, err := s.store.IPActivity(ctx, workspace)
	if err != nil {
		return nil, err
	}
	out := IPActivity{Version: f.Version, Rules: make([]IPRuleHits, 0, len(a.Rules)), Denied: make([]IPDenial, 0, len(a.Denied))}
	for i, h := range a.Rules {
		shown := IPRuleHits{ID: id.Show(id.IPRule, h.Rule), Network: cidr.Show(f.Rules[i].Network), Name: f.Rules[i].Name, Requests: h.Requests}
		if h.Requests > 0 {
			shown.LastAt = &h.LastAt
		}
		out.Rules = append(out.Rules, shown)
	}
	for _, d := range a.Denied {
		out.Denied = append(out.Denied, showDenial(d))
	}
	return &IPActivityOut{Body: out}, nil
}

func showDenial(d tenants.IPDenial) IPDenial {
	return IPDenial{Address: d.Address.String(), Requests: d.Requests, LastAt: d.LastAt}
}
