package tenants

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// How break-glass is bounded (docs/adr/0037). An owner who asks for more than they get has links in their mailbox that are good.
const (
	glassLinkLasts = 15 * time.Minute
	glassCodeLasts = 10 * time.Minute // and never longer than the link
	glassTries     = 5                // wrong codes, of one link
	glassCodes     = 3                // that are mailed, of one link

	glassWindow       = time.Hour
	glassPerOwner     = 5  // links in a window, by e-mail address; and as many by who has signed in
	glassPerWorkspace = 10 // the same, of all its owners

	// glassKept is how long it is kept who asked, beside the audit trail.
	glassKept = 24 * time.Hour
)

// BreakGlass is a link by which an owner whom an IP filter shuts out gets back in for an hour.
type BreakGlass struct {
	ID, Workspace uuid.UUID
	To            string // the e-mail address that it goes to
	EndsAt        time.Time
}

// outOfService are the states of a workspace whose filter lets nobody in, whatever it says.
var outOfService = []State{Deleting, Removing, Deleted}

// RequestBreakGlass has a link mailed to an owner who has signed in.
func (s *Store) RequestBreakGlass(ctx context.Context, p Principal, workspace uuid.UUID, reason string, from netip.Addr) (g BreakGlass, err error) {
	if reason, err = checkGlassReason(reason); err != nil {
		return g, err
	}
	var refused error
	err = s.inTx(ctx, func(tx pgx.Tx) (err error) {
		q := dbsql.New(tx)
		ws, err := lockFiltered(ctx, q, workspace)
		if err != nil {
			return err
		}
		person, err := s.glassOwner(ctx, q, p, ws)
		if err != nil {
			return err
		}
		g, refused, err = s.addGlass(ctx, tx, glassWish{workspace: ws, person: person.ID, by: p.Name(), from: shownAddress(from), reason: reason})
		g.To = person.Email
		return err
	})
	if refused != nil && (err == nil || errors.Is(err, ErrRehearsed)) {
		return g, refused
	}
	return g, err
}

// glassOwner is the owner that a principal is of a workspace in whose filter there is glass to break.
func (s *Store) glassOwner(ctx context.Context, q *dbsql.Queries, p Principal, ws dbsql.Workspace) (person dbsql.Person, err error) {
	if State(ws.State) == Deleting {
		return person, errGlassDeleting
	}
	filter, err := newestIPFilter(ctx, q, ws.ID)
	if err != nil {
		return person, err
	}
	if filter.Open {
		return person, errGlassOpen
	}
	role, err := holdRole(ctx, q, ws.TenantID, p.Person)
	if err != nil {
		return person, err
	}
	if !role.May(BreakTheGlass) {
		return person, refuse(Forbidden, "", "only owners get in by break-glass; the role %s does not grant %s", role, BreakTheGlass)
	}
	if person, err = q.GetPerson(ctx, p.Person); err != nil {
		return person, fmt.Errorf("read a person: %w", err)
	}
	if person.EmailConfirmedAt == nil {
		return person, refuse(Conflict, "", "your e-mail address %s is not confirmed, and the link goes there; confirm it first, by the mail that you got when you signed up", person.Email)
	}
	return person, nil
}

// holdRole returns the role of a member, or none, and keeps it as it is until the transaction is over.
func holdRole(ctx context.Context, q *dbsql.Queries, tenant, person uuid.UUID) (Role, error) {
	role, err := q.HoldRole(ctx, dbsql.HoldRoleParams{TenantID: tenant, PersonID: person})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", fmt.Errorf("read the role of a member: %w", err)
	}
	return Role(role), nil
}

// glassWish is a link as somebody wants it.
type glassWish struct {
	workspace dbsql.Workspace // locked
	person    uuid.UUID       // an owner
	byEmail   bool            // nobody has signed in
	by, from  string          // who asks, as the audit trail says it, and the address
	reason    string          // empty: it is asked for later
}

// addGlass asks for a link to be mailed, unless there were too many: then it returns why none is, and notes that, once in a window.
func (s *Store) addGlass(ctx context.Context, tx pgx.Tx, w glassWish) (g BreakGlass, refused, err error) {
	q, now := dbsql.New(tx), s.now()
	count, err := q.CountBreakGlass(ctx, dbsql.CountBreakGlassParams{PersonID: w.person, WorkspaceID: w.workspace.ID, ByEmail: w.byEmail, Since: now.Add(-glassWindow), Now: now})
	if err != nil {
		return g, nil, fmt.Errorf("count links of owners: %w", err)
	}
	refused = tooManyLinks(count, now)
	if refused != nil && count.Refused {
		return g, refused, nil
	}
	g = BreakGlass{ID: s.newID(), Workspace: w.workspace.ID, EndsAt: now.Add(glassLinkLasts)}
	err = q.AddBreakGlass(ctx, dbsql.AddBreakGlassParams{ID: g.ID, WorkspaceID: g.Workspace, PersonID: w.person, ByEmail: w.byEmail, AskedBy: w.by, AskedFrom: w.from,
		Now: now, EndsAt: g.EndsAt, Reason: w.reason, Refused: refused != nil})
	if err != nil {
		return g, nil, fmt.Errorf("add a link of an owner: %w", err)
	}
	if refused != nil {
		return g, refused, s.recordGlass(ctx, tx, w.workspace, w.by, "workspace.refuse_break_glass", g.ID, glassDetails{"for": id.Show(id.Person, w.person), "from": w.from, "why": "too many links"})
	}
	if err := s.queue.Nudge(ctx, tx, TopicBreakGlassLink, g.ID, warningAttempts); err != nil {
		return g, nil, err
	}
	return g, nil, s.recordGlass(ctx, tx, w.workspace, w.by, "workspace.ask_break_glass", g.ID, glassDetails{"for": id.Show(id.Person, w.person), "from": w.from, "reason": w.reason})
}

// tooManyLinks says when the next one is possible, or nil: now.
func tooManyLinks(c dbsql.CountBreakGlassRow, now time.Time) error {
	whose, next := "", now
	if c.OfWorkspace >= glassPerWorkspace {
		whose, next = "the workspace's owners", c.FirstOfWorkspace.Add(glassWindow)
	}
	if at := c.FirstOfPerson.Add(glassWindow); c.OfPerson >= glassPerOwner && (whose == "" || at.After(next)) {
		whose, next = "you", at
	}
	if whose == "" {
		return nil
	}
	return &Refusal{Reason: TooOften, Message: fmt.Sprintf("too many links were mailed to %s within an hour; the next one is possible at %s", whose, shown(next)), After: next.Sub(now)}
}

type glassDetails map[string]string

// recordGlass tells the tenant what becomes of a link. What is not known is left out.
func (s *Store) recordGlass(ctx context.Context, tx pgx.Tx, ws dbsql.Workspace, by, action string, link uuid.UUID, details glassDetails) error {
	told := map[string]string{"link": id.Show(id.BreakGlass, link)}
	for name, text := range details {
		if text != "" {
			told[name] = text
		}
	}
	return s.record(ctx, tx, Event{Tenant: &ws.TenantID, Actor: by, Action: action, Subject: id.Show(id.Workspace, ws.ID), Details: told})
}

// checkGlassReason returns the line that everybody reads who is told.
func checkGlassReason(reason string) (string, error) {
	reason, err := checkRemark("reason", "the reason", reason, ipReasonMost)
	if err == nil && reason == "" {
		err = refuse(Invalid, "reason", "a reason is needed, up to %d characters: everybody reads it who may set the filter", ipReasonMost)
	}
	return reason, err
}

// shownAddress is an address as it is written down; one that isn't known is empty.
func shownAddress(from netip.Addr) string {
	if !from.IsValid() {
		return ""
	}
	return from.WithZone("").Unmap().String()
}

// revokeBreakGlass makes the links worthless that somebody got as an owner.
func revokeBreakGlass(ctx context.Context, q *dbsql.Queries, tenant, person uuid.UUID, now time.Time) error {
	if err := q.RevokeBreakGlass(ctx, dbsql.RevokeBreakGlassParams{TenantID: tenant, PersonID: person, Now: now}); err != nil {
		return fmt.Errorf("take links of an owner back: %w", err)
	}
	return nil
}

// forgetBreakGlass removes all links of a workspace that is no more.
func forgetBreakGlass(ctx context.Context, q *dbsql.Queries, workspace uuid.UUID) error {
	if err := errors.Join(q.ForgetBreakGlassOf(ctx, workspace), q.ForgetIPFilterHours(ctx, workspace)); err != nil {
		return fmt.Errorf("forget the break-glass links of workspace %s: %w", workspace, err)
	}
	return nil
}
