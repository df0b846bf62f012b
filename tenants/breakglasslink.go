package tenants

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// glass is a link with all that decides whether it is good.
type glass struct {
	link          dbsql.BreakGlassLink
	ws            dbsql.Workspace
	email, tenant string
	role          Role // now
	same          bool // neither the person's e-mail address nor the password has changed
}

var (
	errGlassUnknown  = refuse(NotFound, "token", "this link is good no more: it was replaced or taken back, or the workspace is removed; ask for another one")
	errGlassOpen     = refuse(Conflict, "", "the IP filter is open: everybody is let in")
	errGlassDeleting = refuse(Conflict, "", "the workspace is being deleted and serves nobody, whomever its IP filter lets in; have it undeleted first")
)

// refusal says why a link is good no more, or nil.
func (g glass) refusal(now time.Time) error {
	switch l := g.link; {
	case l.UsedAt != nil:
		return refuse(Conflict, "token", "this link was used at %s; ask for another one", shown(*l.UsedAt))
	case !now.Before(l.EndsAt):
		return refuse(Conflict, "token", "this link was good until %s; ask for another one", shown(l.EndsAt))
	case l.Tries >= glassTries:
		return refuse(Conflict, "token", "%d wrong codes were given, and this link is good no more; ask for another one", l.Tries)
	case !g.role.May(BreakTheGlass):
		return refuse(Forbidden, "", "you own this workspace's tenant no more, and only owners get in by break-glass")
	case !g.same:
		return refuse(Conflict, "token", "your password or e-mail address has changed since you got this link; ask for another one")
	case State(g.ws.State) == Deleting:
		return errGlassDeleting
	case State(g.ws.State) == Removing || State(g.ws.State) == Deleted:
		return errGlassUnknown
	}
	return nil
}

func findGlass(ctx context.Context, q *dbsql.Queries, by dbsql.GetBreakGlassParams) (g glass, err error) {
	row, err := q.GetBreakGlass(ctx, by)
	if err != nil {
		return g, unlessMissing(err, errGlassUnknown)
	}
	return glass{link: row.BreakGlassLink, ws: row.Workspace, email: row.Email, tenant: row.Tenant, role: Role(row.Role), same: row.SamePerson}, nil
}

func bySecret(secret string) dbsql.GetBreakGlassParams {
	return dbsql.GetBreakGlassParams{SecretHash: hashSecret(secret)}
}

// lockGlass finds a link that is good, and keeps it, its workspace and its owner's role as they are until the transaction is over: in this
// order, as everybody locks them.
func (s *Store) lockGlass(ctx context.Context, q *dbsql.Queries, secret string) (g glass, err error) {
	if g, err = findGlass(ctx, q, bySecret(secret)); err != nil {
		return g, err
	}
	if _, err := q.LockFilteredWorkspace(ctx, g.ws.ID); err != nil {
		return g, fmt.Errorf("lock workspace %s: %w", g.ws.ID, err)
	}
	if _, err := holdRole(ctx, q, g.ws.TenantID, g.link.PersonID); err != nil {
		return g, err
	}
	if err := q.LockBreakGlass(ctx, g.link.ID); err != nil {
		return g, fmt.Errorf("lock a link of an owner: %w", err)
	}
	if g, err = findGlass(ctx, q, bySecret(secret)); err != nil { // it may have been used meanwhile
		return g, err
	}
	return g, g.refusal(s.now())
}

// BreakGlassMail has a link, or the code beside it, for its owner.
type BreakGlassMail struct {
	To        string // the e-mail address
	Tenant    string // its name
	Workspace Workspace
	Host      string
	Secret    string // of the link, or the code
	EndsAt    time.Time
	ByEmail   bool   // who asked hadn't signed in
	AskedFrom string // the address; empty: it isn't known
	AskedAt   time.Time
	Reason    string // of who had signed in
}

func (s *Store) glassMail(g glass, secret string, ends time.Time) *BreakGlassMail {
	return &BreakGlassMail{To: g.email, Tenant: g.tenant, Workspace: FromRow(g.ws), Host: s.Host(g.ws.Slug), Secret: secret, EndsAt: ends, ByEmail: g.link.ByEmail,
		AskedFrom: g.link.AskedFrom, AskedAt: g.link.AskedAt, Reason: g.link.Reason}
}

// NewBreakGlassLink returns the mail with a link, or nil when nobody needs it any more. One that is asked for twice, as the first may not have been
// sent, replaces the first.
func (s *Store) NewBreakGlassLink(ctx context.Context, link uuid.UUID) (*BreakGlassMail, error) {
	g, err := s.mailable(ctx, link)
	if g == nil || err != nil {
		return nil, err
	}
	secret := newSecret(glassPrefix)
	n, err := dbsql.New(s.pool).SetBreakGlassSecret(ctx, dbsql.SetBreakGlassSecretParams{ID: link, SecretHash: hashSecret(secret), Now: s.now()})
	if err != nil {
		return nil, fmt.Errorf("keep the hash of a link: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	return s.glassMail(*g, secret, g.link.EndsAt), nil
}

// mailable is a link about which there is something to mail, or nil.
func (s *Store) mailable(ctx context.Context, link uuid.UUID) (*glass, error) {
	g, err := findGlass(ctx, dbsql.New(s.pool), dbsql.GetBreakGlassParams{ID: &link})
	if refusal := (*Refusal)(nil); errors.As(err, &refusal) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if g.link.Refused || g.refusal(s.now()) != nil {
		return nil, nil
	}
	return &g, nil
}

// GlassLook is what whoever has a link sees before they use it, which changes nothing.
type GlassLook struct {
	Workspace Workspace
	Tenant    string // its name
	Host      string
	To        string // the e-mail address of its owner
	EndsAt    time.Time
	Reason    string     // empty: it has to be given
	CodeUntil *time.Time // until when the code is good that was mailed last; nil: none was
	TriesLeft int
	Open      bool       // the filter lets everybody in
	LetIn     bool       // it lets the address in that looks
	LetUntil  *time.Time // until when; nil: for good, or it does not
	Trial     *IPTrial
}

// LookThroughGlass returns what a link would do for who comes from an address.
func (s *Store) LookThroughGlass(ctx context.Context, secret string, from netip.Addr) (look GlassLook, err error) {
	q, now := dbsql.New(s.pool), s.now()
	g, err := findGlass(ctx, q, bySecret(secret))
	if err != nil {
		return look, err
	}
	if err := g.refusal(now); err != nil {
		return look, err
	}
	f, err := newestIPFilter(ctx, q, g.ws.ID)
	if err != nil {
		return look, err
	}
	look = GlassLook{Workspace: FromRow(g.ws), Tenant: g.tenant, Host: s.Host(g.ws.Slug), To: g.email, EndsAt: g.link.EndsAt, Reason: g.link.Reason, CodeUntil: g.link.CodeEndsAt,
		TriesLeft: glassTries - int(g.link.Tries), Open: f.Open, Trial: f.Trial}
	look.LetIn, look.LetUntil = f.letsInUntil(from, now)
	return look, nil
}
