package controlplane

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// How often somebody may ask for what nobody has to sign in for. Whether it is an owner that is asked for makes no difference.
var (
	perGlassAddress = allowance{10, 6 * time.Minute}        // links, from one address
	perGlassEmail   = allowance{5, 12 * time.Minute}        // links, for one e-mail address from one address: nobody keeps an owner from asking
	perGlassUse     = allowance{60, 500 * time.Millisecond} // looks, codes and uses, from one address
)

// RequestBreakGlassBody says why an owner has to be let in.
type RequestBreakGlassBody struct {
	Reason string `json:"reason" maxLength:"1000" doc:"For everybody who may set the filter, up to 200 characters"`
}

// RequestBreakGlassIn asks for a break-glass link.
type RequestBreakGlassIn struct {
	WorkspaceIn
	FromIn
	Body RequestBreakGlassBody
}

// BreakGlassMailed is a break-glass link that is on its way.
type BreakGlassMailed struct {
	To     string    `json:"to" doc:"The e-mail address that it goes to, which is that of who asked"`
	EndsAt time.Time `json:"ends_at" doc:"Until when it is good, once"`
}

// BreakGlassMailedOut answers with one.
type BreakGlassMailedOut struct{ Body BreakGlassMailed }

func (s *Server) requestBreakGlass(ctx context.Context, in *RequestBreakGlassIn) (*BreakGlassMailedOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	link, err := s.store.RequestBreakGlass(ctx, principal(ctx), workspace, in.Body.Reason, in.from)
	if err != nil {
		return nil, err
	}
	noteID(ctx, "link", id.Show(id.BreakGlass, link.ID))
	return &BreakGlassMailedOut{Body: BreakGlassMailed{To: link.To, EndsAt: link.EndsAt}}, nil
}

// AskBreakGlassBody is what somebody says who can't sign in.
type AskBreakGlassBody struct {
	Email     string `json:"email" maxLength:"128" doc:"Of an owner"`
	Workspace string `json:"workspace,omitempty" maxLength:"1000" doc:"Its address; left out: all that the owner is shut out of, up to five"`
}

// AskBreakGlassIn asks for break-glass links by an e-mail address.
type AskBreakGlassIn struct {
	FromIn
	Body AskBreakGlassBody
}

// BreakGlassAsked is said to whoever asks, whoever that is.
type BreakGlassAsked struct {
	Sentence string `json:"sentence"`
}

// BreakGlassAskedOut answers who asked.
type BreakGlassAskedOut struct{ Body BreakGlassAsked }

func (s *Server) askBreakGlass(ctx context.Context, in *AskBreakGlassIn) (*BreakGlassAskedOut, error) {
	now, from := s.now(), originOf(in.from)
	if err := s.asks.refuse(ctx, now, perGlassAddress, "too many links were asked for from here", "glass", from); err != nil {
		return nil, err
	}
	if err := s.asks.refuse(ctx, now, perGlassEmail, "too many links were asked for for this e-mail address", "glass for", emailOf(in.Body.Email), from); err != nil {
		return nil, err
	}
	if err := s.store.AskBreakGlass(ctx, in.Body.Email, in.Body.Workspace, in.from); err != nil {
		return nil, err
	}
	return &BreakGlassAskedOut{Body: BreakGlassAsked{Sentence: "If this is the e-mail address of an owner whose workspace has a closed IP filter, a link is on its way there."}}, nil
}
