package oauth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/http"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// mostApps are made by people, and as many may register themselves, of a workspace.
const mostApps = 1000

var errNoApp = fault.New(http.StatusNotFound, "app.oauth.get_app.find.app_error", "There is no such app.")

// View is an app as those see it whose it is: with its secret, which the protocol shows them again whenever they look.
func (p *Provider) View(a dbsql.OauthApp) *wire.OAuthApp {
	v := ForEverybody(a)
	v.ClientSecret = p.secret(a)
	return v
}

// ForEverybody is an app without its secret.
func ForEverybody(a dbsql.OauthApp) *wire.OAuthApp {
	return &wire.OAuthApp{ID: a.ID, CreatorID: a.CreatorID, CreateAt: a.CreateAt, UpdateAt: a.UpdateAt, Name: a.Name, Description: a.Description, IconURL: a.IconUrl,
		CallbackURLs: a.CallbackUrls, Homepage: a.Homepage, IsTrusted: a.Trusted, IsDynamicallyRegistered: a.CreatorID.IsZero()}
}

// secret is made of the app's salt by the workspace's secret each time, and nowhere kept: it has to be shown again, which rules a digest
// out, and who reads the table of apps alone has no app's secret. Public apps have none.
func (p *Provider) secret(a dbsql.OauthApp) string {
	if a.Salt.IsZero() {
		return ""
	}
	mac := hmac.New(sha256.New, p.Secret)
	mac.Write([]byte("oauth app secret "))
	mac.Write(a.ID[:])
	mac.Write(a.Salt[:])
	return id.ID(mac.Sum(nil)[:len(id.ID{})]).String()
}

func newSalt() (salt id.ID) {
	_, _ = rand.Read(salt[:]) // crypto/rand never fails since Go 1.24
	return salt
}

// Create makes an app of a user.
func (p *Provider) Create(ctx context.Context, creator id.ID, in wire.OAuthAppRequest) (*wire.OAuthApp, error) {
	if err := check(in, false); err != nil {
		return nil, err
	}
	return p.insert(ctx, creator, in)
}

// insert makes an app of a user, or of nobody.
func (p *Provider) insert(ctx context.Context, creator id.ID, in wire.OAuthAppRequest) (*wire.OAuthApp, error) {
	salt := newSalt()
	if in.IsPublic {
		salt = id.ID{}
	}
	a, err := p.DB.InsertOAuthApp(ctx, dbsql.InsertOAuthAppParams{ID: id.New(), CreatorID: creator, Now: p.Now.Millis(), Salt: salt, Name: in.Name, Description: in.Description,
		IconUrl: in.IconURL, CallbackUrls: in.CallbackURLs, Homepage: in.Homepage, Trusted: in.IsTrusted, Most: mostApps})
	if store.Missing(err) {
		return nil, fault.New(http.StatusBadRequest, "app.oauth.save_app.save.app_error", "A workspace has at most %d apps; remove one first.", mostApps)
	}
	return p.View(a), err
}

// Find is one app.
func (p *Provider) Find(ctx context.Context, app id.ID) (dbsql.OauthApp, error) {
	a, err := p.DB.OAuthApp(ctx, app)
	return a, known(err)
}

func known(err error) error {
	if store.Missing(err) {
		return errNoApp
	}
	return err
}

// List is a part of the apps of a creator, or of all where that is zero, with their secrets.
func (p *Provider) List(ctx context.Context, creator id.ID, number, size int) ([]*wire.OAuthApp, error) {
	rows, err := p.DB.OAuthApps(ctx, dbsql.OAuthAppsParams{CreatorID: creator, MaxRows: int32(size), Skip: int32(number * size)})
	out := make([]*wire.OAuthApp, len(rows))
	for i, a := range rows {
		out[i] = p.View(a)
	}
	return out, err
}

// OfUser is a part of the apps that somebody let in.
func (p *Provider) OfUser(ctx context.Context, user id.ID, number, size int) ([]*wire.OAuthApp, error) {
	rows, err := p.DB.OAuthAppsOfUser(ctx, dbsql.OAuthAppsOfUserParams{UserID: user, MaxRows: int32(size), Skip: int32(number * size)})
	out := make([]*wire.OAuthApp, len(rows))
	for i, a := range rows {
		out[i] = ForEverybody(a)
	}
	return out, err
}

// Update changes what an app says of itself, and where it is.
func (p *Provider) Update(ctx context.Context, a dbsql.OauthApp, in wire.OAuthAppRequest) (*wire.OAuthApp, error) {
	if err := check(in, a.CreatorID.IsZero()); err != nil {
		return nil, err
	}
	a, err := p.DB.UpdateOAuthApp(ctx, dbsql.UpdateOAuthAppParams{ID: a.ID, Now: p.Now.Millis(), Name: in.Name, Description: in.Description, IconUrl: in.IconURL,
		CallbackUrls: in.CallbackURLs, Homepage: in.Homepage, Trusted: in.IsTrusted})
	return p.View(a), known(err)
}

// Renew gives an app another secret, and ends what it has by the one of before: who renews it may know that others have that.
func (p *Provider) Renew(ctx context.Context, a dbsql.OauthApp) (*wire.OAuthApp, error) {
	if a.Salt.IsZero() {
		return nil, fault.New(http.StatusBadRequest, "api.oauth.regenerate_secret.public_client.app_error", "A public app has no secret.")
	}
	err := p.end(ctx, a.ID, id.ID{}, func(q *dbsql.Queries) (err error) {
		a, err = q.RenewOAuthApp(ctx, dbsql.RenewOAuthAppParams{ID: a.ID, Now: p.Now.Millis(), Salt: newSalt()})
		return known(err)
	}, nil)
	return p.View(a), err
}

// Delete removes an app, and all that it has of anybody.
func (p *Provider) Delete(ctx context.Context, app id.ID) error {
	return p.end(ctx, app, id.ID{}, func(q *dbsql.Queries) error {
		_, err := q.LockOAuthApp(ctx, app)
		return known(err)
	}, func(q *dbsql.Queries) error { return q.DeleteOAuthApp(ctx, app) })
}

// Deauthorize ends what an app has of a user.
func (p *Provider) Deauthorize(ctx context.Context, user, app id.ID) error {
	return p.end(ctx, app, user, func(q *dbsql.Queries) error {
		if err := q.KeepOAuthApp(ctx, app); err != nil { // before what goes with it
			return err
		}
		if err := q.LockUser(ctx, user); err != nil { // before their sessions, as whoever ends all of these does
			return err
		}
		return q.DeleteOAuthConsent(ctx, dbsql.DeleteOAuthConsentParams{UserID: user, AppID: app})
	}, nil)
}

// end ends what an app has of a user, or of everybody where that is zero, after what keeps it from getting more.
func (p *Provider) end(ctx context.Context, app, user id.ID, before, after func(*dbsql.Queries) error) error {
	var ended []id.ID
	err := p.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		if err = before(q); err != nil {
			return err
		}
		// Sessions before codes, as whoever ends a session has what was used for it changed.
		if ended, err = q.EndOAuthSessions(ctx, dbsql.EndOAuthSessionsParams{AppID: app, UserID: user}); err != nil {
			return err
		}
		if err = q.DropOAuthCodes(ctx, dbsql.DropOAuthCodesParams{AppID: app, UserID: user}); err != nil || after == nil {
			return err
		}
		return after(q)
	})
	if err == nil {
		p.Sessions.Hub.EndSession(ended...)
	}
	return err
}
