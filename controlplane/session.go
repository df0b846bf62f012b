package controlplane

import (
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Nothing is the input of what needs none, and the output of what answers 204.
type Nothing struct{}

// LoginBody is how a person signs in.
type LoginBody struct {
	Email    string `json:"email" maxLength:"128"`
	Password string `json:"password" maxLength:"512"`
}

// LoginIn asks for a session.
type LoginIn struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      LoginBody

	from string // the connection's remote address
}

// Resolve implements huma.Resolver. Nothing stands before the API that could be believed about another address.
func (in *LoginIn) Resolve(hc huma.Context) []error {
	in.from = hc.RemoteAddr()
	return nil
}

// Session is a fresh session.
type Session struct {
	Person string `json:"person"`
	Token  string `json:"token" doc:"For 30 days; it is shown this once"`
}

// LoginOut answers with a session.
type LoginOut struct{ Body Session }

func (s *Server) login(ctx context.Context, in *LoginIn) (*LoginOut, error) {
	var p tenants.Principal
	var token string
	err := s.attempts.try(ctx, s.now(), in.Body.Email, in.from, func() (err error) {
		p, token, err = s.store.SignIn(ctx, in.Body.Email, in.Body.Password, strings.ToValidUTF8(in.UserAgent, "?"))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &LoginOut{Body: Session{Person: id.Show(id.Person, p.Person), Token: token}}, nil
}

func (s *Server) logout(ctx context.Context, _ *Nothing) (*Nothing, error) {
	return nil, s.store.SignOut(ctx, principal(ctx))
}

// Me is who a request acts for.
type Me struct {
	Kind           string               `json:"kind" enum:"person,token,operator"`
	ID             string               `json:"id"`
	Email          string               `json:"email,omitempty" doc:"Of persons"`
	EmailConfirmed bool                 `json:"email_confirmed,omitempty"`
	Tenant         string               `json:"tenant,omitempty" doc:"The only tenant that an API token opens"`
	Scopes         []tenants.Permission `json:"scopes,omitempty" doc:"What an API token may at the most"`
}

// MeOut answers who asks.
type MeOut struct{ Body Me }

func (s *Server) me(ctx context.Context, _ *Nothing) (*MeOut, error) {
	p := principal(ctx)
	me := Me{Kind: "person", ID: p.Name()}
	switch {
	case p.Operator != uuid.Nil:
		me.Kind = "operator"
	case p.Token != uuid.Nil:
		me.Kind, me.Tenant, me.Scopes = "token", id.Show(id.Tenant, p.Tenant), p.Scopes
	default:
		person, err := s.store.Person(ctx, p.Person)
		if err != nil {
			return nil, err
		}
		me.Email, me.EmailConfirmed = person.Email, person.ConfirmedAt != nil
	}
	return &MeOut{Body: me}, nil
}
