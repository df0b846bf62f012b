package controlplane

import (
	"context"
	"net/netip"
	"time"

	"github.com/longhouse-dev/longhouse/internal/domainname"
	"github.com/longhouse-dev/longhouse/tenants"
)

// addressesWithin is how long it may take to find out where a domain has to lead that can't be an alias.
const addressesWithin = 3 * time.Second

// Domain is a name that a customer brings for a workspace.
type Domain struct {
	Name       string        `json:"name" doc:"In lower case, with A-labels (xn--...)" example:"chat.example.com"`
	Shown      string        `json:"shown" doc:"The same in its own script"`
	State      string        `json:"state" enum:"pending,verified,issuing,serving,failing,lapsed" doc:"failing: it was served, and its records are not right any more; lapsed: they were wrong for too long"`
	Says       string        `json:"says" doc:"Where it stands, in a sentence"`
	Primary    bool          `json:"primary" doc:"While it is serving, browsers that come to another name of the workspace are sent to it"`
	Records    []DNSRecord   `json:"records" doc:"What its zone has to hold, exactly"`
	AddedBy    string        `json:"added_by" doc:"per_..., tok_..."`
	AddedAt    time.Time     `json:"added_at"`
	Since      time.Time     `json:"since" doc:"Since when it is in this state"`
	WrongSince *time.Time    `json:"wrong_since,omitempty" doc:"Since when its records are wrong that were right"`
	CheckedAt  *time.Time    `json:"checked_at,omitempty" doc:"When its records were looked at last"`
	CheckAt    time.Time     `json:"check_at" doc:"When they are looked at next"`
	Checks     []DomainCheck `json:"checks,omitempty" doc:"What the newest looks found, the newest first; only where one domain is asked for"`
}

// DNSRecord is a record that a zone has to hold.
type DNSRecord struct {
	Type    string `json:"type" enum:"TXT,CNAME,A,AAAA,ALIAS" doc:"ALIAS: what name servers call ALIAS, ANAME or CNAME flattening; a name that is registered as it is can have no CNAME"`
	Name    string `json:"name"`
	Value   string `json:"value"`
	Purpose string `json:"purpose" enum:"ownership,route" doc:"ownership: proves whose the name is, and stays; route: leads to the workspace"`
}

// DomainCheck is what one look at a domain's records found.
type DomainCheck struct {
	At       time.Time `json:"at"`
	State    string    `json:"state" doc:"That it led to"`
	Expected []string  `json:"expected"`
	Found    []string  `json:"found"`
	Says     string    `json:"says"`
}

// DomainIn names one of a workspace's domains.
type DomainIn struct {
	WorkspaceIn
	Domain string `path:"domain" maxLength:"1024" doc:"Its name, in any spelling"`
}

// DomainOut answers with a domain.
type DomainOut struct{ Body Domain }

// DomainBody is a wish for a domain.
type DomainBody struct {
	Name string `json:"name" maxLength:"1024" doc:"As people type it" example:"chat.example.com"`
}

// AddDomainIn claims a domain.
type AddDomainIn struct {
	WorkspaceIn
	Body DomainBody
}

func (s *Server) showDomain(ctx context.Context, d tenants.Domain) Domain {
	return Domain{Name: d.Name, Shown: domainname.Show(d.Name), State: string(d.State), Says: d.Says, Primary: d.Primary, Records: s.domainRecords(ctx, d),
		AddedBy: d.AddedBy, AddedAt: d.AddedAt, Since: d.StateAt, WrongSince: d.WrongSince, CheckedAt: d.CheckedAt, CheckAt: d.CheckAt}
}

// domainRecords are what a zone has to hold. Where an apex has to lead is asked for now, as the addresses may change; where nobody can say,
// only its alias is named.
func (s *Server) domainRecords(ctx context.Context, d tenants.Domain) []DNSRecord {
	records := []DNSRecord{{Type: "TXT", Name: d.ChallengeName(), Value: d.Token, Purpose: "ownership"}}
	if !d.Apex() {
		return append(records, DNSRecord{Type: "CNAME", Name: d.Name, Value: d.Target, Purpose: "route"})
	}
	var addresses []netip.Addr
	if s.config.Addresses != nil {
		limited, cancel := context.WithTimeout(ctx, addressesWithin)
		defer cancel()
		addresses, _ = s.config.Addresses(limited, d.Target)
	}
	for _, a := range addresses {
		kind := "AAAA"
		if a.Is4() {
			kind = "A"
		}
		records = append(records, DNSRecord{Type: kind, Name: d.Name, Value: a.String(), Purpose: "route"})
	}
	if len(addresses) == 0 {
		records = append(records, DNSRecord{Type: "ALIAS", Name: d.Name, Value: d.Target, Purpose: "route"})
	}
	return records
}

func (s *Server) domains(ctx context.Context, in *WorkspaceIn) (*ListOut[Domain], error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.store.Domains(ctx, workspace)
	if err != nil {
		return nil, err
	}
	return whole(list, func(d tenants.Domain) Domain { return s.showDomain(ctx, d) }), nil
}

func (s *Server) addDomain(ctx context.Context, in *AddDomainIn) (*DomainOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	return s.domainOut(ctx)(s.store.AddDomain(ctx, principal(ctx), workspace, in.Body.Name))
}

// domainOut answers with what became of a domain.
func (s *Server) domainOut(ctx context.Context) func(tenants.Domain, error) (*DomainOut, error) {
	return func(d tenants.Domain, err error) (*DomainOut, error) {
		if err != nil {
			return nil, err
		}
		return &DomainOut{Body: s.showDomain(ctx, d)}, nil
	}
}

func (s *Server) domain(ctx context.Context, in *DomainIn) (*DomainOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	d, checks, err := s.store.Domain(ctx, workspace, in.Domain)
	if err != nil {
		return nil, err
	}
	shown := s.showDomain(ctx, d)
	for _, c := range checks {
		shown.Checks = append(shown.Checks, DomainCheck{At: c.At, State: string(c.State), Expected: c.Expected, Found: c.Found, Says: c.Says})
	}
	return &DomainOut{Body: shown}, nil
}

func (s *Server) checkDomain(ctx context.Context, in *DomainIn) (*DomainOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	return s.domainOut(ctx)(s.store.CheckDomain(ctx, principal(ctx), workspace, in.Domain))
}

func (s *Server) setPrimaryDomain(ctx context.Context, in *DomainIn) (*DomainOut, error) {
	return s.primaryDomain(ctx, in, true)
}

func (s *Server) unsetPrimaryDomain(ctx context.Context, in *DomainIn) (*DomainOut, error) {
	return s.primaryDomain(ctx, in, false)
}

func (s *Server) primaryDomain(ctx context.Context, in *DomainIn, primary bool) (*DomainOut, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	return s.domainOut(ctx)(s.store.SetPrimaryDomain(ctx, principal(ctx), workspace, in.Domain, primary))
}

func (s *Server) removeDomain(ctx context.Context, in *DomainIn) (*Nothing, error) {
	workspace, err := in.id(ctx)
	if err != nil {
		return nil, err
	}
	return &Nothing{}, s.store.RemoveDomain(ctx, principal(ctx), workspace, in.Domain)
}
