package tenants

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants/dbsql"
)

// remindBefore is how long before a removal a mail tells of it once more.
const remindBefore = 24 * time.Hour

// DeletionNews is what a mail tells of a deletion.
type DeletionNews string

// What mails tell.
const (
	// DeletionAsked: somebody wants it, for a date, or at once.
	DeletionAsked DeletionNews = "asked"
	// DeletionSoon: the date comes within a day.
	DeletionSoon DeletionNews = "soon"
	// DeletionTakenBack: nobody wants it any more.
	DeletionTakenBack DeletionNews = "taken_back"
)

// DeletionNewses lists all of them.
var DeletionNewses = []DeletionNews{DeletionAsked, DeletionSoon, DeletionTakenBack}

// DeletionMail tells one person of the deletion of a workspace.
type DeletionMail struct {
	To        string // the e-mail address
	Tenant    string // its name
	Workspace Workspace
	Host      string
	Tells     DeletionNews
	By        string    // who wants it, or does not any more, as people know them
	At        time.Time // until when it can be brought back
	Removing  bool      // it can't be brought back any more
}

// tellOwners asks for a mail to everybody who may delete the workspace, under a confirmed address.
func (s *Store) tellOwners(ctx context.Context, tx pgx.Tx, tenant, workspace uuid.UUID, news DeletionNews, by string, at time.Time) error {
	q := dbsql.New(tx)
	persons, err := q.WhoIsWarned(ctx, dbsql.WhoIsWarnedParams{TenantID: tenant, Roles: texts(rolesThatMay(DeleteWorkspace))})
	if err != nil {
		return fmt.Errorf("list who is told of a deletion: %w", err)
	}
	for _, person := range persons {
		mail := s.newID()
		err := q.AddDeletionMail(ctx, dbsql.AddDeletionMailParams{ID: mail, WorkspaceID: workspace, PersonID: person, Tells: string(news), WantedBy: by, DeleteAt: at, Now: s.now()})
		if err != nil {
			return fmt.Errorf("tell of the deletion of %s: %w", id.Show(id.Workspace, workspace), err)
		}
		if err := s.queue.Nudge(ctx, tx, TopicDeletionMail, mail, warningAttempts); err != nil {
			return err
		}
	}
	return nil
}

// RemindOfRemovals tells of the removals whose date certainly comes within a day, once, and returns of how many. Mails that could not be
// sent are forgotten after a while.
func (s *Store) RemindOfRemovals(ctx context.Context) (n int, err error) {
	certain, err := s.Certain(ctx)
	if err != nil {
		return 0, err
	}
	q := dbsql.New(s.pool)
	soon, err := q.DeletionsToRemindOf(ctx, dbsql.DeletionsToRemindOfParams{Now: certain, Until: certain.Add(remindBefore), Seconds: remindBefore.Seconds()})
	if err != nil {
		return 0, fmt.Errorf("look for deletions that are due soon: %w", err)
	}
	for _, d := range soon {
		err := s.inTx(ctx, func(tx pgx.Tx) error {
			first, err := dbsql.New(tx).NoteReminded(ctx, dbsql.NoteRemindedParams{WorkspaceID: d.ID, DeleteAt: d.DeleteAt})
			if err != nil || first == 0 {
				return err
			}
			n++
			return s.tellOwners(ctx, tx, d.TenantID, d.ID, DeletionSoon, d.AskedBy, *d.DeleteAt)
		})
		if err != nil {
			return n, fmt.Errorf("remind of the deletion of %s: %w", id.Show(id.Workspace, d.ID), err)
		}
	}
	if err := q.ForgetDeletionMails(ctx, certain.Add(-DeliveriesKept)); err != nil {
		return n, fmt.Errorf("forget mails that could not be sent: %w", err)
	}
	return n, nil
}

// DeletionMail returns what a mail has to tell, or nil when nobody needs it any more.
func (s *Store) DeletionMail(ctx context.Context, mail uuid.UUID) (*DeletionMail, error) {
	q := dbsql.New(s.pool)
	row, err := q.GetDeletionMail(ctx, dbsql.GetDeletionMailParams{ID: mail, Roles: texts(rolesThatMay(DeleteWorkspace))})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what to tell of a deletion: %w", err)
	}
	by, err := called(ctx, q, row.WantedBy)
	if err != nil {
		return nil, err
	}
	ws := FromRow(row.Workspace)
	return &DeletionMail{To: row.Email, Tenant: row.Tenant, Workspace: ws, Host: s.Host(ws.Slug), Tells: DeletionNews(row.Tells), By: by, At: row.DeleteAt,
		Removing: ws.State == Removing || ws.State == Deleted}, nil
}

// ForgetDeletionMail says that a mail was sent, or needs not be.
func (s *Store) ForgetDeletionMail(ctx context.Context, mail uuid.UUID) error {
	if err := dbsql.New(s.pool).ForgetDeletionMail(ctx, mail); err != nil {
		return fmt.Errorf("forget a mail: %w", err)
	}
	return nil
}
