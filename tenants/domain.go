package tenants

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/internal/domainname"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// DomainState is how far a custom domain is on its way into service.
type DomainState string

// The states of a domain, in their order.
const (
	// DomainPending: it is claimed, and not proven to be the workspace's.
	DomainPending DomainState = "pending"
	// DomainVerified: it is proven to be the workspace's, nobody else can have it, and edges know it; it doesn't lead to them yet.
	DomainVerified DomainState = "verified"
	// DomainIssuing: it leads to the edges, and its TLS certificate is on its way.
	DomainIssuing DomainState = "issuing"
	// DomainServing: the workspace is reached by it.
	DomainServing DomainState = "serving"
	// DomainFailing: it was served, and its records are not right any more; edges serve it for as long as it leads to them.
	DomainFailing DomainState = "failing"
	// DomainLapsed: its records were wrong for too long, and it is out of service and free for others until they are right again.
	DomainLapsed DomainState = "lapsed"
)

// DomainStates lists all of them.
var DomainStates = []DomainState{DomainPending, DomainVerified, DomainIssuing, DomainServing, DomainFailing, DomainLapsed}

// Held reports whether nobody else can have the name, and edges know it as the workspace's.
func (s DomainState) Held() bool { return s != DomainPending && s != DomainLapsed }

// Domain is a name that a customer brings for a workspace.
type Domain struct {
	ID, Workspace uuid.UUID
	Name          string // in lower case, with A-labels
	Token         string // what its record has to hold, for this workspace alone
	Target        string // where it has to lead: the workspace's own host
	State         DomainState
	Primary       bool   // while it is served, browsers that come to another name of the workspace are sent to it
	Says          string // where it stands, in a sentence
	AddedBy       string // the principal
	AddedAt       time.Time
	StateAt       time.Time  // since when it is in this state
	WrongSince    *time.Time // since when its records are not as they were proven to be; nil: they are
	CheckedAt     *time.Time // when its records were looked at last
	CheckAt       time.Time  // when they are looked at next

	warned  int  // how often its people were told that they are wrong
	doubted bool // a restore brought it back: see Restored
}

// challenge is below which name a domain is proven. It is none of a host, so that it is in nobody's way, also under an alias.
const challenge = "_longhouse-challenge."

// ChallengeName is the name of the record by which the domain is proven.
func (d Domain) ChallengeName() string { return challenge + d.Name }

// Apex reports whether the domain is registered as it is, so that it can't be an alias.
func (d Domain) Apex() bool { return domainname.Apex(d.Name) }

// DomainCheck is what one look at a domain's records found.
type DomainCheck struct {
	At       time.Time
	State    DomainState // that it led to
	Expected []string
	Found    []string
	Says     string
}

// Domains lists a workspace's domains, by name.
func (s *Store) Domains(ctx context.Context, workspace uuid.UUID) ([]Domain, error) {
	ws, err := s.Workspace(ctx, workspace)
	if err != nil {
		return nil, err
	}
	rows, err := dbsql.New(s.pool).ListDomains(ctx, workspace)
	if err != nil {
		return nil, fmt.Errorf("list domains: %w", err)
	}
	list := make([]Domain, 0, len(rows))
	for _, row := range rows {
		list = append(list, domain(row, s.Host(ws.Slug)))
	}
	return list, nil
}

// Domain returns one of a workspace's domains, with what the newest looks at its records found, the newest first.
func (s *Store) Domain(ctx context.Context, workspace uuid.UUID, name string) (Domain, []DomainCheck, error) {
	ws, err := s.Workspace(ctx, workspace)
	if err != nil {
		return Domain{}, nil, err
	}
	q := dbsql.New(s.pool)
	row, err := s.readDomain(ctx, q, workspace, name)
	if err != nil {
		return Domain{}, nil, err
	}
	rows, err := q.ListDomainChecks(ctx, dbsql.ListDomainChecksParams{DomainID: row.ID, Most: checksKept})
	if err != nil {
		return Domain{}, nil, fmt.Errorf("list what looks at a domain found: %w", err)
	}
	checks := make([]DomainCheck, 0, len(rows))
	for _, r := range rows {
		checks = append(checks, DomainCheck{At: r.At, State: DomainState(r.State), Expected: r.Expected, Found: r.Found, Says: r.Says})
	}
	return domain(row, s.Host(ws.Slug)), checks, nil
}

// readDomain finds a domain by its name in any spelling.
func (s *Store) readDomain(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID, name string) (dbsql.Domain, error) {
	parsed, err := domainname.Parse(name, s.baseDomain)
	if err != nil {
		return dbsql.Domain{}, refuse(Invalid, "domain", "%s", err)
	}
	row, err := q.GetDomain(ctx, dbsql.GetDomainParams{WorkspaceID: workspace, Name: parsed})
	if err != nil {
		return dbsql.Domain{}, unlessMissing(err, refuse(NotFound, "", "the workspace has no domain %s", parsed))
	}
	return row, nil
}

func domain(r dbsql.Domain, target string) Domain {
	return Domain{ID: r.ID, Workspace: r.WorkspaceID, Name: r.Name, Token: r.Token, Target: target, State: DomainState(r.State), Primary: r.IsPrimary, Says: r.Says,
		AddedBy: r.AddedBy, AddedAt: r.AddedAt, StateAt: r.StateAt, WrongSince: r.WrongSince, CheckedAt: r.CheckedAt, CheckAt: r.CheckAt,
		warned: int(r.Warned), doubted: r.Doubted}
}

// LapsesAt is when the domain is taken out of service unless its records become right; nil: they are.
func (d Domain) LapsesAt() *time.Time {
	if d.WrongSince == nil || !d.State.Held() {
		return nil
	}
	at := d.WrongSince.Add(lapsesAfter)
	return &at
}
