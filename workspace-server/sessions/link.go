package sessions

import (
	"context"
	"net/http"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
)

// LinkPath is where a sign-in link is answered.
const LinkPath = "/longhouse/sign-in"

const linkLife = time.Minute

// Link is an invitation to sign in once.
type Link struct {
	Token     string
	ExpiresAt time.Time
}

// NewLink makes a link for a user; it is good for a minute and for one use.
func (b *Book) NewLink(ctx context.Context, user id.ID) (Link, error) {
	now := b.Now()
	if err := b.DB.DeleteExpiredSignInLinks(ctx, now.UnixMilli()); err != nil {
		return Link{}, err
	}
	l := Link{Token: id.Token(), ExpiresAt: now.Add(linkLife)}
	err := b.DB.InsertSignInLink(ctx, dbsql.InsertSignInLinkParams{TokenHash: id.Digest(l.Token), UserID: user, ExpiresAt: l.ExpiresAt.UnixMilli()})
	return l, err
}

// UseLink opens a session for whoever comes with the link first.
func (b *Book) UseLink(ctx context.Context, token string, from Origin) (Opened, error) {
	gone := fault.New(http.StatusGone, "longhouse.sign_in.gone.app_error", "This sign-in link was used already or is older than a minute. Ask for a new one.")
	link, err := b.DB.UseSignInLink(ctx, id.Digest(token))
	if store.Missing(err) || (err == nil && link.ExpiresAt <= b.Now.Millis()) {
		return Opened{}, gone
	}
	if err != nil {
		return Opened{}, err
	}
	u, err := b.DB.UserByID(ctx, link.UserID)
	if err != nil {
		return Opened{}, err
	}
	if u.DeleteAt > 0 {
		return Opened{}, gone
	}
	return b.Open(ctx, link.UserID, from)
}
