package controlplane

import (
	"context"
	"net/netip"
	"time"

	"github.com/longhouse-dev/longhouse/internal/cidr"
	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// BreakGlassIn looks at a link. The secret is in a header, so that no log and no history has it.
type BreakGlassIn struct {
	FromIn
	Link string `header:"Break-Glass-Link" required:"true" maxLength:"128" doc:"What the link in the mail has behind token="`
}

// BreakGlass is what a link would do, now, for who comes from here.
type BreakGlass struct {
	Workspace   string     `json:"workspace" doc:"Its name"`
	Tenant      string     `json:"tenant" doc:"Its name"`
	Host        string     `json:"host"`
	URL         string     `json:"url"`
	State       string     `json:"state" doc:"Of the workspace"`
	Email       string     `json:"email" doc:"Where the code is mailed to"`
	EndsAt      time.Time  `json:"ends_at" doc:"Until when the link is good"`
	Reason      string     `json:"reason,omitempty" doc:"Missing: it has to be given"`
	CodeUntil   *time.Time `json:"code_until,omitempty" doc:"Until when the code is good that was mailed last; missing: none was"`
	TriesLeft   int        `json:"tries_left" doc:"How many wrong codes make the link worthless"`
	YourAddress string     `json:"your_address" doc:"It would be let in for an hour, and nobody else; empty: it is not known"`
	Open        bool       `json:"open" doc:"true: the filter lets everybody in"`
	LetIn       bool       `json:"let_in" doc:"true: your address is let in already, and the link would do nothing"`
	LetUntil    *time.Time `json:"let_until,omitempty" doc:"Until when; missing: for good"`
	TrialUntil  *time.Time `json:"trial_until,omitempty" doc:"The filter is on trial until then. The hour goes on also if the one before comes back"`
}

// BreakGlassOut answers with that.
type BreakGlassOut struct{ Body BreakGlass }

func (s *Server) lookThroughGlass(ctx context.Context, in *BreakGlassIn) (*BreakGlassOut, error) {
	if err := s.usesGlass(ctx, in.from); err != nil {
		return nil, err
	}
	look, err := s.store.LookThroughGlass(ctx, in.Link, in.from)
	if err != nil {
		return nil, err
	}
	noteID(ctx, "workspace", id.Show(id.Workspace, look.Workspace.ID))
	seen := BreakGlass{Workspace: look.Workspace.Name, Tenant: look.Tenant, Host: look.Host, URL: s.config.WorkspaceURL(look.Workspace.Slug), State: string(look.Workspace.State), Email: look.To,
		EndsAt: look.EndsAt, Reason: look.Reason, CodeUntil: look.CodeUntil, TriesLeft: look.TriesLeft, Open: look.Open, LetIn: look.LetIn, LetUntil: look.LetUntil}
	if look.Trial != nil {
		seen.TrialUntil = &look.Trial.EndsAt
	}
	if in.from.IsValid() {
		seen.YourAddress = in.from.String()
	}
	return &BreakGlassOut{Body: seen}, nil
}

// BreakGlassCodeBody names the link that a code is for.
type BreakGlassCodeBody struct {
	Token string `json:"token" maxLength:"128" doc:"What the link in the mail has behind token="`
}

// BreakGlassCodeIn asks for a code.
type BreakGlassCodeIn struct {
	FromIn
	Body BreakGlassCodeBody
}

// BreakGlassCode is one that is on its way.
type BreakGlassCode struct {
	EndsAt time.Time `json:"ends_at" doc:"Until when the link is good; the code is for ten minutes at the most"`
}

// BreakGlassCodeOut answers with that.
type BreakGlassCodeOut struct{ Body BreakGlassCode }

func (s *Server) mailBreakGlassCode(ctx context.Context, in *BreakGlassCodeIn) (*BreakGlassCodeOut, error) {
	if err := s.usesGlass(ctx, in.from); err != nil {
		return nil, err
	}
	ends, err := s.store.AskBreakGlassCode(ctx, in.Body.Token, in.from)
	return &BreakGlassCodeOut{Body: BreakGlassCode{EndsAt: ends}}, err
}

// UseBreakGlassBody is how an owner shows who they are.
type UseBreakGlassBody struct {
	Token  string `json:"token" maxLength:"128" doc:"What the link in the mail has behind token="`
	Code   string `json:"code" maxLength:"32" doc:"From the other mail"`
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"For everybody who may set the filter, up to 200 characters; left out: the one that was given when the link was asked for"`
}

// UseBreakGlassIn uses a link.
type UseBreakGlassIn struct {
	FromIn
	Body UseBreakGlassBody
}

// BrokenGlass says who is let in now.
type BrokenGlass struct {
	Host         string    `json:"host"`
	URL          string    `json:"url"`
	Network      string    `json:"network" doc:"The address that is let in, and nobody beside it"`
	Until        time.Time `json:"until"`
	Version      int64     `json:"version" doc:"Of the IP filter"`
	RouteVersion int64     `json:"route_version" doc:"An edge lets it in as soon as it has this version of the routes"`
	// Edges is missing where it can't be found out.
	Edges *EdgesTold `json:"edges,omitempty" doc:"How far it is in force; missing: it is saved, and nobody knows yet"`
}

// BrokenGlassOut answers with that.
type BrokenGlassOut struct{ Body BrokenGlass }

func (s *Server) useBreakGlass(ctx context.Context, in *UseBreakGlassIn) (*BrokenGlassOut, error) {
	if err := s.usesGlass(ctx, in.from); err != nil {
		return nil, err
	}
	done, route, err := s.store.BreakGlass(ctx, tenants.GlassUse{Secret: in.Body.Token, Code: in.Body.Code, Reason: in.Body.Reason, From: in.from})
	if err != nil {
		return nil, err
	}
	workspace := id.Show(id.Workspace, done.Workspace.ID)
	noteID(ctx, "workspace", workspace)
	broken := BrokenGlass{Host: done.Host, URL: s.config.WorkspaceURL(done.Workspace.Slug), Network: cidr.Show(done.Rule.Network), Until: *done.Rule.Until, Version: done.Filter.Version, RouteVersion: route}
	broken.Edges = s.inForceAt(ctx, workspace, route)
	return &BrokenGlassOut{Body: broken}, nil
}

// usesGlass refuses who looks at links, has codes mailed, or gives them, too often.
func (s *Server) usesGlass(ctx context.Context, from netip.Addr) error {
	return s.asks.refuse(ctx, s.now(), perGlassUse, "too much was asked from here", "glass use", originOf(from))
}
