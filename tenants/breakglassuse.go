package tenants

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// glassDigits is how long a code is: with five tries of each of at most twenty links of a workspace an hour (ten that are asked for by an e-mail
// address, and ten by who has signed in) guessing one takes a hundred years, and the links.
const glassDigits = 8

// AskBreakGlassCode has a code mailed that is good for a link alone, and replaces the one before. It returns until when the link is good.
func (s *Store) AskBreakGlassCode(ctx context.Context, secret string, from netip.Addr) (ends time.Time, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		g, err := s.lockGlass(ctx, q, secret)
		if err != nil {
			return err
		}
		if g.link.Codes >= glassCodes {
			return refuse(Conflict, "token", "%d codes were mailed for this link, which is all that there are; ask for another link", glassCodes)
		}
		if err := q.AskBreakGlassCode(ctx, g.link.ID); err != nil {
			return fmt.Errorf("ask for a code: %w", err)
		}
		ends = g.link.EndsAt
		if err := s.queue.Nudge(ctx, tx, TopicBreakGlassCode, g.link.ID, warningAttempts); err != nil {
			return err
		}
		return s.recordGlass(ctx, tx, g.ws, id.Show(id.Person, g.link.PersonID), "workspace.mail_break_glass_code", g.link.ID, glassDetails{"from": shownAddress(from)})
	})
	return ends, err
}

// NewBreakGlassCode returns the mail with a code, or nil when nobody needs it any more.
func (s *Store) NewBreakGlassCode(ctx context.Context, link uuid.UUID) (*BreakGlassMail, error) {
	g, err := s.mailable(ctx, link)
	if g == nil || err != nil {
		return nil, err
	}
	code, now := newCode(), s.now()
	ends := now.Add(glassCodeLasts)
	if ends.After(g.link.EndsAt) {
		ends = g.link.EndsAt
	}
	n, err := dbsql.New(s.pool).SetBreakGlassCode(ctx, dbsql.SetBreakGlassCodeParams{ID: link, CodeHash: hashCode(link, code), CodeEndsAt: &ends, Now: now})
	if err != nil {
		return nil, fmt.Errorf("keep the hash of a code: %w", err)
	}
	if n == 0 {
		return nil, nil
	}
	return s.glassMail(*g, code, ends), nil
}

func newCode() string {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(glassDigits), nil)
	n, err := rand.Int(rand.Reader, most)
	if err != nil {
		panic(err) // nothing can go on without randomness
	}
	return fmt.Sprintf("%0*d", glassDigits, n)
}

// hashCode is what is stored of a code, bound to its link. Whoever reads it finds the code, and has no link.
func hashCode(link uuid.UUID, code string) []byte {
	sum := sha256.Sum256(append(link[:], code...))
	return sum[:]
}

// secondFactor reports whether who has a link also has what its owner alone has. Persons can't enrol anything yet: it is the code that was mailed
// apart from the link. When they can, this is where it is asked for.
func (g glass) secondFactor(code string, now time.Time) (right bool, err error) {
	switch code = strings.NewReplacer(" ", "", "-", "").Replace(code); {
	case g.link.CodeHash == nil || g.link.CodeEndsAt == nil:
		return false, refuse(Conflict, "code", "no code was mailed for this link yet; ask for one")
	case !now.Before(*g.link.CodeEndsAt):
		return false, refuse(Conflict, "code", "the code was good until %s; ask for another one", shown(*g.link.CodeEndsAt))
	case len(code) != glassDigits || strings.Trim(code, "0123456789") != "":
		return false, refuse(Invalid, "code", "the code has %d digits; type it as it is in the mail", glassDigits)
	}
	return bytes.Equal(hashCode(g.link.ID, code), g.link.CodeHash), nil
}

// GlassUse is how an owner uses a link.
type GlassUse struct {
	Secret, Code string
	Reason       string // empty: the one that was given when the link was asked for
	From         netip.Addr
}

// BrokenGlass is what came of it.
type BrokenGlass struct {
	Workspace Workspace
	Host      string
	Filter    IPFilter
	Rule      IPRule // lets the address in
}

// BreakGlass lets the address in from which an owner uses a link, for an hour, and returns the version of the route that brings it to the edges.
// What else the filter says stays, and it stays on trial if it is. A rehearsal looks at no code: it would be a guess that doesn't count.
func (s *Store) BreakGlass(ctx context.Context, use GlassUse) (done BrokenGlass, route int64, err error) {
	var refused error
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		g, err := s.lockGlass(ctx, q, use.Secret)
		if err != nil {
			return err
		}
		was, err := newestIPFilter(ctx, q, g.ws.ID)
		if err != nil {
			return err
		}
		if use, err = use.check(g, was, s.now()); err != nil {
			return err
		}
		if rehearsal(ctx) == nil {
			right, err := g.secondFactor(use.Code, s.now())
			if err != nil {
				return err
			}
			if !right {
				refused = g.wrongCode()
				return s.noteWrongCode(ctx, tx, g, use.From)
			}
		}
		done, route, err = s.letOwnerIn(ctx, tx, g, was, use)
		return err
	})
	if err == nil { // it is counted
		err = refused
	}
	return done, route, err
}

// check refuses what uses nothing up.
func (use GlassUse) check(g glass, was IPFilter, now time.Time) (GlassUse, error) {
	if use.From = use.From.WithZone("").Unmap(); !use.From.IsValid() {
		return use, refuse(Conflict, "", "it is not known from which address you come, so that none can be let in")
	}
	if was.Open {
		return use, errGlassOpen
	}
	if in, until := was.letsInUntil(use.From, now); in {
		return use, refuse(Conflict, "", "%s, the address that you come from, is let in already, %s; nothing was changed, and the link is still good", use.From, sayUntil(until))
	}
	if use.Reason == "" {
		use.Reason = g.link.Reason
	}
	reason, err := checkGlassReason(use.Reason)
	use.Reason = reason
	return use, err
}

func sayUntil(until *time.Time) string {
	if until == nil {
		return "for good"
	}
	return "until " + shown(*until)
}

func (g glass) wrongCode() error {
	if left := glassTries - int(g.link.Tries) - 1; left > 0 {
		return refuse(Conflict, "code", "the code is wrong; %d more of these make the link worthless", left)
	}
	return refuse(Conflict, "code", "the code is wrong, for the %dth time: this link is good no more; ask for another one", glassTries)
}

func (s *Store) noteWrongCode(ctx context.Context, tx pgx.Tx, g glass, from netip.Addr) error {
	if err := dbsql.New(tx).NoteWrongBreakGlassCode(ctx, g.link.ID); err != nil {
		return fmt.Errorf("count a wrong code: %w", err)
	}
	why := "wrong code"
	if g.link.Tries+1 >= glassTries {
		why = "wrong codes: the link is worthless"
	}
	return s.recordGlass(ctx, tx, g.ws, id.Show(id.Person, g.link.PersonID), "workspace.refuse_break_glass", g.link.ID, glassDetails{"from": shownAddress(from), "why": why})
}

// letOwnerIn puts a filter in force that has an hour more. A filter that is full takes it all the same: it goes by itself.
func (s *Store) letOwnerIn(ctx context.Context, tx pgx.Tx, g glass, was IPFilter, use GlassUse) (done BrokenGlass, route int64, err error) {
	q, now, p := dbsql.New(tx), s.now(), Principal{Person: g.link.PersonID}
	hour := hourFor(use.From, s.newID(), p.Name(), g.email, use.Reason, now)
	f := IPFilter{Workspace: g.ws.ID, Version: was.Version + 1, Open: was.Open, Rules: withHour(was.Rules, hour), Exceptions: was.Exceptions, ChangedBy: p.Name(), Reason: use.Reason, ChangedAt: now}
	if err := q.AddIPFilterHour(ctx, dbsql.AddIPFilterHourParams{WorkspaceID: g.ws.ID, RuleID: hour.ID, EndsAt: *hour.Until}); err != nil {
		return done, 0, fmt.Errorf("note when an owner's hour is over: %w", err)
	}
	if err := q.EndBreakGlass(ctx, dbsql.EndBreakGlassParams{ID: g.link.ID, Now: now}); err != nil {
		return done, 0, fmt.Errorf("use up a link: %w", err)
	}
	err = s.recordGlass(ctx, tx, g.ws, p.Name(), "workspace.break_glass", g.link.ID, glassDetails{"from": shownAddress(use.From), "until": shown(*hour.Until), "reason": use.Reason,
		"version": strconv.FormatInt(f.Version, 10)})
	if err != nil {
		return done, 0, err
	}
	if route, err = s.putIPFilter(ctx, tx, p, g.ws.TenantID, &f, was, was.Trial); err != nil {
		return done, 0, err
	}
	return BrokenGlass{Workspace: FromRow(g.ws), Host: s.Host(g.ws.Slug), Filter: f, Rule: hour}, route, nil
}
