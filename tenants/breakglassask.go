package tenants

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

const (
	// glassAtOnce is for how many workspaces who names none gets a link: one mail for each.
	glassAtOnce = 5
	// glassHostMost is how long what names a workspace may be.
	glassHostMost = 255
)

// AskBreakGlass has links mailed to the person with this e-mail address, for the workspace that is named by its host or slug, or for all that are
// closed, as far as they own those. It writes down that somebody asked, and no more: nothing that they see, nor how long it takes, tells them
// whether there is such a person.
func (s *Store) AskBreakGlass(ctx context.Context, email, host string, from netip.Addr) error {
	email, err := checkEmail(email)
	if err != nil {
		return err
	}
	if host, err = checkRemark("workspace", "the workspace's address", host, glassHostMost); err != nil {
		return err
	}
	wish := s.newID()
	return s.inTx(ctx, func(tx pgx.Tx) error {
		err := dbsql.New(tx).AddBreakGlassWish(ctx, dbsql.AddBreakGlassWishParams{ID: wish, Email: email, Host: host, AskedFrom: shownAddress(from), Now: s.now()})
		if err != nil {
			return fmt.Errorf("write down that somebody asks for a link: %w", err)
		}
		if err := s.queue.Nudge(ctx, tx, TopicBreakGlassWish, wish, warningAttempts); err != nil {
			return err
		}
		return s.record(ctx, tx, Event{Actor: Principal{}.Name(), Action: "person.ask_break_glass", Subject: id.Show(id.BreakGlass, wish), Details: map[string]string{"from": shownAddress(from)}})
	})
}

// AnswerBreakGlass does what somebody asked for by an e-mail address, and returns how many links will be mailed.
func (s *Store) AnswerBreakGlass(ctx context.Context, wish uuid.UUID) (n int, err error) {
	err = s.inTx(ctx, func(tx pgx.Tx) error {
		q := dbsql.New(tx)
		w, err := q.TakeBreakGlassWish(ctx, wish)
		if errors.Is(err, pgx.ErrNoRows) { // it was answered
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what somebody asked for: %w", err)
		}
		if s.now().Sub(w.AskedAt) > glassLinkLasts { // nobody waits for it any more
			return nil
		}
		n, err = s.answerBreakGlass(ctx, tx, w)
		return err
	})
	return n, err
}

func (s *Store) answerBreakGlass(ctx context.Context, tx pgx.Tx, w dbsql.BreakGlassWish) (n int, err error) {
	q := dbsql.New(tx)
	person, err := q.GetPersonByEmail(ctx, w.Email)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && person.EmailConfirmedAt == nil {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read a person: %w", err)
	}
	host, slug := s.workspaceAt(w.Host)
	list, err := q.ClosedWorkspaces(ctx, dbsql.ClosedWorkspacesParams{PersonID: person.ID, Roles: texts(rolesThatMay(BreakTheGlass)), OutOfService: texts(outOfService), Host: host, Slug: slug, Most: glassAtOnce})
	if err != nil {
		return 0, fmt.Errorf("list workspaces of an owner: %w", err)
	}
	for _, workspace := range list { // by their ids, so that two who do this lock them in one order
		ws, err := q.LockFilteredWorkspace(ctx, workspace)
		if err != nil {
			return 0, fmt.Errorf("lock workspace %s: %w", workspace, err)
		}
		role, err := holdRole(ctx, q, ws.TenantID, person.ID) // who takes it away from now on finds the link
		if err != nil {
			return 0, err
		}
		if !role.May(BreakTheGlass) {
			continue
		}
		_, refused, err := s.addGlass(ctx, tx, glassWish{workspace: ws, person: person.ID, byEmail: true, by: Principal{}.Name(), from: w.AskedFrom})
		if err != nil {
			return 0, err
		}
		if refused == nil {
			n++
		}
	}
	return n, nil
}

// workspaceAt reads what people write who are asked for the address of their workspace: a slug, a host, or what their browser shows. A host
// under the base domain has a slug; any other one may be a domain.
func (s *Store) workspaceAt(text string) (host, slug string) {
	host = strings.ToLower(text)
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	host, _, _ = strings.Cut(host, ":")
	host = strings.TrimSuffix(host, ".")
	slug, ours := strings.CutSuffix(host, "."+s.baseDomain)
	if !ours && strings.Contains(host, ".") {
		return host, ""
	}
	return host, slug
}
