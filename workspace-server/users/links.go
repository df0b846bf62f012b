package users

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// The kinds of links in mails, by what they are for.
const (
	forPassword = "password"
	forEmail    = "email"
)

const (
	mailedLinkLife = 24 * time.Hour
	betweenLinks   = time.Minute // of a kind to one address
)

// ForgetMailedLinks removes what has expired.
func (d *Directory) ForgetMailedLinks(ctx context.Context) error {
	return d.DB.DeleteExpiredMailedLinks(ctx, d.Now.Millis())
}

// mailLink promises a mail with a new link, unless there was one just now.
func (d *Directory) mailLink(ctx context.Context, q *dbsql.Queries, u dbsql.User, kind string, write func(to, token string) mail.Letter) error {
	now, token := d.Now(), id.Token()
	letter := write(u.Email, token)
	n, err := q.InsertMailedLink(ctx, dbsql.InsertMailedLinkParams{TokenHash: id.Digest(token), Kind: kind, UserID: u.ID, Email: u.Email,
		Now: now.UnixMilli(), ExpiresAt: now.Add(mailedLinkLife).UnixMilli(), Since: now.Add(-betweenLinks).UnixMilli()})
	if err != nil {
		return err
	}
	if n == 0 {
		return d.Mail.Pretend(ctx, q, letter)
	}
	return d.Mail.Put(ctx, q, letter)
}

// mailTo promises a mail with a link to whoever has the address, if they want one. Nobody learns whether anybody has it, also not by how long
// the answer takes.
func (d *Directory) mailTo(ctx context.Context, address, kind string, wanted func(dbsql.User) bool, write func(to, token string) mail.Letter) error {
	if !d.Mail.Works() {
		return errNoMail
	}
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		u, err := q.UserToMail(ctx, address)
		if store.Missing(err) || (err == nil && !wanted(u)) {
			return d.Mail.Pretend(ctx, q, write("nobody@example.com", id.Token()))
		}
		if err != nil {
			return err
		}
		return d.mailLink(ctx, q, u, kind, write)
	})
	d.Mail.Ring()
	return err
}

var errNoMail = fault.New(http.StatusNotImplemented, "longhouse.mail.no_server.app_error", "This workspace sends no mail: it has no mail server.")

// SendReset mails a link by which the password of whoever has the address can be set.
func (d *Directory) SendReset(ctx context.Context, address string) error {
	return d.mailTo(ctx, address, forPassword, func(dbsql.User) bool { return true }, d.Mail.Reset)
}

// Recover sets the password of whom a link was mailed to. Also runs in the same transaction. Whoever has the link reads the address, which is
// confirmed by that.
func (d *Directory) Recover(ctx context.Context, token, next string, also func(ctx context.Context, q *dbsql.Queries, user id.ID) error) error {
	bad := fault.New(http.StatusBadRequest, "api.user.reset_password.invalid_link.app_error",
		"The link was used already, or is older than a day, or your address has changed. Ask for a new one.")
	link := dbsql.GoodMailedLinkParams{TokenHash: id.Digest(token), Kind: forPassword, Now: d.Now.Millis()}
	user, err := d.DB.GoodMailedLink(ctx, link) // before anybody has us hash
	if store.Missing(err) {
		return bad
	}
	if err != nil {
		return err
	}
	sum, err := d.hash(ctx, next)
	if err != nil {
		return err
	}
	var u dbsql.User
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.LockUser(ctx, user); err != nil { // before their links, as whoever sets a password does
			return err
		}
		if _, err := q.UseMailedLink(ctx, dbsql.UseMailedLinkParams(link)); store.Missing(err) {
			return bad
		} else if err != nil {
			return err
		}
		if err := q.SetPassword(ctx, dbsql.SetPasswordParams{ID: user, PasswordHash: sum, Now: link.Now}); err != nil {
			return err
		}
		if u, err = q.ConfirmEmail(ctx, dbsql.ConfirmEmailParams{ID: user, Now: link.Now}); err != nil {
			return err
		}
		return also(ctx, q, user)
	})
	if err == nil {
		d.announceUpdate(ctx, u)
	}
	return err
}

// SendConfirmation mails a link by which whoever has the address confirms it, unless they have.
func (d *Directory) SendConfirmation(ctx context.Context, address string) error {
	return d.mailTo(ctx, address, forEmail, func(u dbsql.User) bool { return !u.EmailVerified }, d.Mail.Confirm)
}

// Confirm notes that somebody who came by a mailed link reads their address.
func (d *Directory) Confirm(ctx context.Context, token string) error {
	link := dbsql.GoodMailedLinkParams{TokenHash: id.Digest(token), Kind: forEmail, Now: d.Now.Millis()}
	var u dbsql.User
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		user, err := q.GoodMailedLink(ctx, link)
		if err != nil {
			return err
		}
		if err := q.LockUser(ctx, user); err != nil { // whose address is no other one until it is confirmed
			return err
		}
		if _, err := q.UseMailedLink(ctx, dbsql.UseMailedLinkParams(link)); err != nil {
			return err
		}
		u, err = q.ConfirmEmail(ctx, dbsql.ConfirmEmailParams{ID: user, Now: link.Now})
		return err
	})
	if store.Missing(err) {
		return fault.New(http.StatusBadRequest, "api.user.verify_email.bad_link.app_error",
			"The link was used already, or is older than a day, or your address has changed.")
	}
	if err == nil {
		d.announceUpdate(ctx, u)
	}
	return err
}

// ConfirmFor takes an admin's word for it that somebody reads their address.
func (d *Directory) ConfirmFor(ctx context.Context, user id.ID) (dbsql.User, error) {
	u, err := found(d.DB.ConfirmEmail(ctx, dbsql.ConfirmEmailParams{ID: user, Now: d.Now.Millis()}))
	if err == nil {
		d.announceUpdate(ctx, u)
	}
	return u, err
}
