package controlplane

import (
	"context"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// SignUpBody is what a new customer gives.
type SignUpBody struct {
	Email    string `json:"email" example:"ada@example.com" doc:"Becomes the person's name here and the first admin of the workspace"`
	Password string `json:"password" doc:"10 to 128 characters"`
	Tenant   string `json:"tenant" example:"Analytical Engines" doc:"The organisation's name, 1 to 64 characters"`
	Slug     string `json:"slug" example:"engines" doc:"The first part of the workspace's address"`
	Region   string `json:"region,omitempty" doc:"Where the data is kept; leave it out for any"`
}

// SignUpIn asks for everything that a new customer needs.
type SignUpIn struct {
	UserAgent string `header:"User-Agent" hidden:"true"`
	Body      SignUpBody
}

// SignedUp is what a new customer gets.
type SignedUp struct {
	Person    string    `json:"person"`
	Tenant    Tenant    `json:"tenant"`
	Workspace Workspace `json:"workspace"`
	Operation Operation `json:"operation" doc:"Makes the workspace"`
	Token     string    `json:"token" doc:"Of a session, for 30 days; it is shown this once"`
}

// SignUpOut answers a sign-up.
type SignUpOut struct{ Body SignedUp }

func (s *Server) signUp(ctx context.Context, in *SignUpIn) (*SignUpOut, error) {
	done, err := s.store.SignUp(ctx, tenants.SignUp{Email: in.Body.Email, Password: in.Body.Password, Tenant: in.Body.Tenant,
		Slug: in.Body.Slug, Region: in.Body.Region, UserAgent: strings.ToValidUTF8(in.UserAgent, "?")})
	if err != nil {
		return nil, err
	}
	noteID(ctx, "tenant", id.Show(id.Tenant, done.Tenant.ID))
	noteID(ctx, "workspace", id.Show(id.Workspace, done.Workspace.ID))
	noteID(ctx, "operation", id.Show(id.Operation, done.Operation.ID))
	return &SignUpOut{Body: SignedUp{Person: id.Show(id.Person, done.Person), Tenant: showTenant(done.Tenant),
		Workspace: s.showWorkspace(done.Workspace), Operation: showOperation(ctx, done.Operation), Token: done.Session}}, nil
}
