package controlplane

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

// Member is a person's part in a tenant.
type Member struct {
	Person    string    `json:"person"`
	Email     string    `json:"email"`
	Role      string    `json:"role" enum:"owner,admin,billing,security,auditor"`
	CreatedAt time.Time `json:"created_at"`
}

// MembersIn asks for a tenant's members.
type MembersIn struct {
	TenantIn
	PageIn
}

// MemberBody gives somebody a role.
type MemberBody struct {
	Email string `json:"email" doc:"Of a person who has signed up and confirmed it"`
	Role  string `json:"role" enum:"owner,admin,billing,security,auditor"`
}

// SetMemberIn adds a member or changes its role.
type SetMemberIn struct {
	TenantIn
	Body MemberBody
}

// MemberOut answers with a member.
type MemberOut struct{ Body Member }

// MemberIn names a member.
type MemberIn struct {
	TenantIn
	Person string `path:"person" doc:"per_..."`
}

func showMember(m tenants.Member) Member {
	return Member{Person: id.Show(id.Person, m.Person), Email: m.Email, Role: string(m.Role), CreatedAt: m.CreatedAt}
}

func (s *Server) members(ctx context.Context, in *MembersIn) (*ListOut[Member], error) {
	tenant, page, err := in.tenantPage(ctx, in.PageIn)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Members(ctx, tenant, page)
	if err != nil {
		return nil, err
	}
	return paged(in.PageIn, list, func(m tenants.Member) uuid.UUID { return m.Person }, showMember), nil
}

func (s *Server) setMember(ctx context.Context, in *SetMemberIn) (*MemberOut, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.store.SetMember(ctx, principal(ctx), tenant, in.Body.Email, tenants.Role(in.Body.Role))
	return &MemberOut{Body: showMember(m)}, err
}

func (s *Server) removeMember(ctx context.Context, in *MemberIn) (*Nothing, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	person, err := parsePath(ctx, id.Person, "person", in.Person)
	if err != nil {
		return nil, err
	}
	return nil, s.store.RemoveMember(ctx, principal(ctx), tenant, person)
}

// tenantPage is what every list inside a tenant begins with.
func (in TenantIn) tenantPage(ctx context.Context, p PageIn) (uuid.UUID, tenants.Page, error) {
	tenant, err := in.id(ctx)
	if err != nil {
		return uuid.Nil, tenants.Page{}, err
	}
	page, err := p.page(ctx)
	return tenant, page, err
}
