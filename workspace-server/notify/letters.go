package notify

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

const (
	mostInLetter = 50
	anyTeam      = "_redirect" // in the place of a team's name in a link: the one that the reader is in
)

// WriteLetters puts the letters that are due into the outbox, each in the transaction that takes it from those owed: by whichever instance, it is written
// once. It answers for how long none will be due.
func (c *Crier) WriteLetters(ctx context.Context) (time.Duration, error) {
	for {
		none := false
		err := c.DB.Tx(ctx, func(q *dbsql.Queries) error {
			user, err := q.TakeLetter(ctx, c.Now.Millis())
			if none = store.Missing(err); none {
				return nil
			}
			if err == nil {
				err = c.write(ctx, q, user)
			}
			return err
		})
		if err != nil {
			return 0, err
		}
		if none {
			break
		}
		c.Mail.Ring()
	}
	next, err := c.DB.NextLetter(ctx)
	return c.until(next), err
}

// write says what somebody missed, unless they have been here since.
func (c *Crier) write(ctx context.Context, q *dbsql.Queries, user id.ID) error {
	rows, err := q.LetterOf(ctx, dbsql.LetterOfParams{UserID: user, Active: c.Hub.Status(user).LastActivityAt, MaxRows: mostInLetter + 1})
	if err != nil {
		return err
	}
	var list []mail.Said
	for _, r := range rows {
		list = append(list, c.said(r))
	}
	if len(list) > 0 && c.mayMail(rows[0].User.EmailVerified) {
		l := c.Mail.Notified(rows[0].User.Email, list[:min(len(list), mostInLetter)], len(list) > mostInLetter)
		if err := c.Mail.Put(ctx, q, l); err != nil {
			return err
		}
	}
	return q.DropLetter(ctx, user)
}

func (c *Crier) said(r dbsql.LetterOfRow) mail.Said {
	team := r.TeamName
	if team == "" {
		team = anyTeam
	}
	s := mail.Said{By: speaker(r.Post, r.Author).name, Team: r.Team, Path: "/" + team + "/pl/" + r.Post.ID.String()}
	if c.Config.Settings().Mail.Textless {
		return s
	}
	s.Text = text(r.Post)
	if r.Channel.Type != direct {
		s.Where = r.Channel.DisplayName
	}
	return s
}
