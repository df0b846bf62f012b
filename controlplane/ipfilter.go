package controlplane

import (
	"context"
	"net/http"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// ipFilterMost is how many bytes a body may have that sets an IP filter: a thousand rules with the longest names in any script.
const ipFilterMost = 1 << 20

// IPFilter says from where a workspace may be reached.
type IPFilter struct {
	Version     int64         `json:"version" doc:"The newest is in force; 0: none was ever set, and everybody is let in"`
	Open        bool          `json:"open" doc:"true: everybody is let in, whatever the rules say; false: nobody whom no rule in force names"`
	Rules       []IPRule      `json:"rules"`
	Exceptions  []IPException `json:"exceptions" doc:"Whom it lets in for one purpose though no rule does"`
	Forced      bool          `json:"forced,omitempty" doc:"It was saved though it shut out who saved it"`
	ChangedBy   string        `json:"changed_by,omitempty" doc:"Who set this version: per_..., tok_... or opr_..., or ws_.../... for a user of the workspace"`
	ChangedAt   *time.Time    `json:"changed_at,omitempty"`
	Reason      string        `json:"reason,omitempty" doc:"Why, in the words of who set it"`
	Trial       *IPTrial      `json:"trial,omitempty" doc:"Missing: it stays in force until somebody sets another one"`
	YourAddress string        `json:"your_address,omitempty" doc:"From where this request came, as the control plane sees it"`
}

// IPRule lets one network in.
type IPRule struct {
	ID      string     `json:"id"`
	Network string     `json:"network" example:"203.0.113.0/24"`
	Name    string     `json:"name"`
	Owner   string     `json:"owner"`
	Enabled bool       `json:"enabled" doc:"false: as if it were not there"`
	Until   *time.Time `json:"until,omitempty" doc:"When it ends by itself, and what it let in is cut off; left out: never"`
	AddedBy string     `json:"added_by" doc:"per_..., tok_... or opr_..."`
	AddedAt time.Time  `json:"added_at"`
	// BreakGlass is of a rule that goes by itself, and of none that somebody else has changed since.
	BreakGlass string `json:"break_glass,omitempty" doc:"Why its owner let themselves in by break-glass; missing: they did not"`
}

// IPTrial says that an IP filter has to be confirmed to stay in force.
type IPTrial struct {
	EndsAt time.Time `json:"ends_at" doc:"When it is over, unless somebody has confirmed it before"`
	BackTo int64     `json:"back_to" doc:"The version that comes back then, as a new one; 0: the open filter of before any was set"`
}

// IPFilterOut answers with an IP filter.
type IPFilterOut struct{ Body IPFilter }

// FromIn knows where a request comes from.
type FromIn struct{ from netip.Addr }

// Resolve implements huma.Resolver. Nothing stands before the API that could be believed about another address.
func (in *FromIn) Resolve(hc huma.Context) []error {
	if remote, err := netip.ParseAddrPort(hc.RemoteAddr()); err == nil {
		in.from = remote.Addr().WithZone("").Unmap()
	}
	return nil
}

// IPFilterIn asks for a workspace's IP filter.
type IPFilterIn struct {
	WorkspaceIn
	FromIn
	Version int64 `query:"version" minimum:"1" doc:"One of the versions that there were; left out: the one in force"`
}

// IPFilterBody is a whole IP filter as it shall be.
type IPFilterBody struct {
	Version    int64             `json:"version" minimum:"0" doc:"On which it is based: it is refused when another one is in force by now"`
	Open       bool              `json:"open" doc:"true: let everybody in; false: nobody whom no rule in force names"`
	Rules      []IPRuleBody      `json:"rules" doc:"All of them, up to 1,000"`
	Exceptions []IPExceptionBody `json:"exceptions,omitempty" doc:"All of them, up to 100; left out: as they are"`
	Reason     string            `json:"reason,omitempty" doc:"For those who read of it later, up to 200 characters"`
	Force      bool              `json:"force,omitempty" doc:"Save it though it shuts you out, or everybody"`
	// Minutes, as people think of it.
	ConfirmWithin int `json:"confirm_within,omitempty" minimum:"0" maximum:"60" doc:"Within how many minutes it has to be confirmed, or else the filter before comes back; 0: it need not be"`
}

// IPRuleBody is a rule as it shall be.
type IPRuleBody struct {
	ID      string     `json:"id,omitempty" doc:"Of a rule that there is; left out: the one of the same network, or a new one"`
	Network string     `json:"network" doc:"In CIDR notation, or one address" example:"203.0.113.0/24"`
	Name    string     `json:"name,omitempty" doc:"What it is, for people, up to 64 characters"`
	Owner   string     `json:"owner,omitempty" doc:"Who it is for, or answers for it, up to 128 characters"`
	Enabled *bool      `json:"enabled,omitempty" doc:"Left out: true"`
	Until   *time.Time `json:"until,omitempty" doc:"When it ends by itself; left out: never"`
}

// SetIPFilterIn sets a workspace's IP filter.
type SetIPFilterIn struct {
	WorkspaceIn
	FromIn
	Body IPFilterBody
}

// SavedIPFilter is an IP filter that was saved.
type SavedIPFilter struct {
	IPFilter     IPFilter `json:"ip_filter"`
	RouteVersion int64    `json:"route_version" doc:"An edge decides by this filter as soon as it has this version of the routes"`
	// Edges is missing where it can't be found out.
	Edges *EdgesTold `json:"edges,omitempty" doc:"How far it is in force; missing: it is saved, and nobody knows yet"`
}

// SavedIPFilterOut answers with an IP filter that was saved.
type SavedIPFilterOut struct{ Body SavedIPFilter }

func showIPFilter(f tenants.IPFilter, from netip.Addr) IPFilter {
	shown := IPFilter{Version: f.Version, Open: f.Open, Rules: make([]IPRule, 0, len(f.Rules)), Exceptions: showExceptions(f.Exceptions), Forced: f.Forced, ChangedBy: f.ChangedBy, Reason: f.Reason}
	if f.Version > 0 {
		shown.ChangedAt = &f.ChangedAt
	}
	if f.Trial != nil {
		shown.Trial = &IPTrial{EndsAt: f.Trial.EndsAt, BackTo: f.Trial.BackTo}
	}
	if from.IsValid() {
		shown.YourAddress = from.String()
	}
	for _, r := range f.Rules {
		rule := IPRule{ID: id.Show(id.IPRule, r.ID), Network: cidr.Show(r.Network), Name: r.Name, Owner: r.Owner, Enabled: r.Enabled, Until: r.Until, AddedBy: r.AddedBy, AddedAt: r.AddedAt}
		if r.Hour != nil {
			rule.BreakGlass = r.Hour.Reason
		}
		shown.Rules = append(shown.Rules, rule)
	}
	return shown
}

func (s *Server) ipFilter(ctx context.Context, in *IPFilterIn) (*IPFilterOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	var f tenants.IPFilter
	if in.Version > 0 {
		f, err = s.store.IPFilterAt(ctx, workspace, in.Version)
	} else {
		f, err = s.store.IPFilter(ctx, workspace)
	}
	return &IPFilterOut{Body: showIPFilter(f, in.from)}, err
}

func (s *Server) setIPFilter(ctx context.Context, in *SetIPFilterIn) (*SavedIPFilterOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	change, err := in.change(ctx)
	if err != nil {
		return nil, err
	}
	f, route, err := s.store.SetIPFilter(ctx, principal(ctx), workspace, change)
	if err != nil {
		return nil, err
	}
	// From here on it is committed, and every edge that has this version of the routes decides by it.
	return &SavedIPFilterOut{Body: SavedIPFilter{IPFilter: showIPFilter(f, in.from), RouteVersion: route, Edges: s.inForceAt(ctx, in.Workspace, route)}}, nil
}

// inForceAt waits for the edges, and is nil where nobody knows about them.
func (s *Server) inForceAt(ctx context.Context, workspace string, route int64) *EdgesTold {
	told, err := s.awaitEdges(ctx, route)
	if err != nil {
		s.log.Error("it is not known how far an IP filter is in force", "workspace", workspace, "error", err)
		return nil
	}
	return &told
}

func (in *SetIPFilterIn) change(ctx context.Context) (c tenants.IPFilterChange, err error) {
	body := in.Body
	c = tenants.IPFilterChange{Version: body.Version, Open: body.Open, Reason: body.Reason, Force: body.Force, From: in.from,
		ConfirmWithin: time.Duration(body.ConfirmWithin) * time.Minute, Exceptions: wantedExceptions(body.Exceptions)}
	c.Rules, err = wishesOf(ctx, body.Rules)
	return c, err
}

func wishesOf(ctx context.Context, rules []IPRuleBody) ([]tenants.IPRuleWish, error) {
	list := make([]tenants.IPRuleWish, 0, len(rules))
	for i, r := range rules {
		wish := tenants.IPRuleWish{Network: r.Network, Name: r.Name, Owner: r.Owner, Enabled: r.Enabled == nil || *r.Enabled, Until: r.Until}
		if r.ID != "" {
			rule, err := id.Parse(id.IPRule, r.ID)
			if err != nil {
				return nil, problem(ctx, http.StatusUnprocessableEntity, err.Error(), Fault{Location: "body." + tenants.IPRuleField(i, "id"), Message: err.Error()})
			}
			wish.ID = &rule
		}
		list = append(list, wish)
	}
	return list, nil
}
