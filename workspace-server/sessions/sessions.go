// Package sessions owns who is signed in: tokens, their expiry and their end, and the links that open a session
// without a password. It never checks a password.
package sessions

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Book is the list of open sessions.
type Book struct {
	DB     *store.DB
	Hub    *realtime.Hub
	Now    clock.Clock
	Config *config.Book
}

// Opened is a new session and the two secrets that only its owner learns.
type Opened struct {
	ID        id.ID
	UserID    id.ID
	Token     string
	CSRF      string
	ExpiresAt int64
}

// Origin is what a session's owner can recognise it by later.
type Origin struct{ Device, Platform, OS, Browser string }

// Length is how long a session lasts that is not used.
func (b *Book) Length() time.Duration { return b.Config.Settings().SessionLength }

// Open starts a session. The token is kept only as its digest.
func (b *Book) Open(ctx context.Context, user id.ID, from Origin) (Opened, error) {
	if err := b.Forget(ctx); err != nil {
		return Opened{}, err
	}
	return b.OpenIn(ctx, b.DB.Queries, user, from)
}

// OpenIn starts a session in the caller's transaction.
func (b *Book) OpenIn(ctx context.Context, q *dbsql.Queries, user id.ID, from Origin) (Opened, error) {
	now := b.Now.Millis()
	o := Opened{ID: id.New(), UserID: user, Token: id.Token(), CSRF: id.Token(), ExpiresAt: now + b.Length().Milliseconds()}
	err := q.InsertSession(ctx, dbsql.InsertSessionParams{
		ID: o.ID, TokenHash: id.Digest(o.Token), UserID: user, Now: now, ExpiresAt: o.ExpiresAt, DeviceID: from.Device, Csrf: o.CSRF,
		Props: wire.StringMap{"platform": from.Platform, "os": from.OS, "browser": from.Browser},
	})
	return o, err
}

// FindIn is Find for who asks about a channel, and tells in the same round trip what they are in it. Where it answers no row, Find knows more.
func (b *Book) FindIn(ctx context.Context, token string, channel id.ID) (row dbsql.SessionInChannelRow, found bool, err error) {
	if len(token) != id.Length {
		return row, false, nil
	}
	row, err = b.DB.SessionInChannel(ctx, dbsql.SessionInChannelParams{TokenHash: id.Digest(token), ChannelID: channel})
	if store.Missing(err) {
		return row, false, nil
	}
	return row, err == nil && b.good(row.Session, row.User), err
}

func (b *Book) good(s dbsql.Session, u dbsql.User) bool {
	return s.ExpiresAt > b.Now.Millis() && u.DeleteAt == 0 && b.allowed(s, u)
}

// Forget removes the sessions that ran out, and from where others were used long ago.
func (b *Book) Forget(ctx context.Context) error {
	if err := b.DB.ForgetSessionAddresses(ctx, b.Now.Millis()-addressKept.Milliseconds()); err != nil {
		return err
	}
	return b.DB.DeleteExpiredSessions(ctx, b.Now.Millis())
}

// Find tells whose the token is. A session that ran out, or whose user is deactivated, is none.
func (b *Book) Find(ctx context.Context, token string) (dbsql.Session, dbsql.User, error) {
	if len(token) != id.Length {
		return dbsql.Session{}, dbsql.User{}, fault.Unauthenticated()
	}
	digest := id.Digest(token)
	row, err := b.DB.SessionByToken(ctx, digest)
	if store.Missing(err) {
		row, err = b.openByAccessToken(ctx, digest)
	}
	if store.Missing(err) || (err == nil && !b.good(row.Session, row.User)) {
		return dbsql.Session{}, dbsql.User{}, fault.Unauthenticated()
	}
	return row.Session, row.User, err
}

// Extend gives a session in use its full length again once a hundredth of it has passed, a day at most. A program's lives as long as the
// program was told.
func (b *Book) Extend(ctx context.Context, s dbsql.Session) error {
	if OfProgram(s) {
		return nil
	}
	now := b.Now.Millis()
	length := b.Length()
	step := min(max(length/100, 5*time.Minute), 24*time.Hour)
	if now < s.LastActivityAt+step.Milliseconds() {
		return nil
	}
	return b.DB.ExtendSession(ctx, dbsql.ExtendSessionParams{ID: s.ID, Now: now, ExpiresAt: now + length.Milliseconds()})
}

// Close ends one session and its sockets.
func (b *Book) Close(ctx context.Context, session id.ID) error {
	_, err := b.DB.DeleteSession(ctx, session)
	b.Hub.EndSession(session)
	return err
}

// CloseOf ends one session of a user.
func (b *Book) CloseOf(ctx context.Context, user, session id.ID) error {
	n, err := b.DB.DeleteSessionOfUser(ctx, dbsql.DeleteSessionOfUserParams{ID: session, UserID: user})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound("session")
	}
	b.Hub.EndSession(session)
	return nil
}

// CloseAll ends a user's sessions but the one to keep, which may be none.
func (b *Book) CloseAll(ctx context.Context, user, keep id.ID) error {
	var ended func()
	err := b.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		ended, err = b.closeIn(ctx, q, user, keep)
		return err
	})
	if err == nil {
		ended()
	}
	return err
}

// CloseIn ends a user's sessions in the caller's transaction. Once that is committed, the caller ends their sockets by what it answers.
func (b *Book) CloseIn(ctx context.Context, q *dbsql.Queries, user id.ID) (ended func(), err error) {
	return b.closeIn(ctx, q, user, id.ID{})
}

// closeIn has the user's row before their sessions, as an app has that gets one: what it gets is ended here, or it gets none.
func (b *Book) closeIn(ctx context.Context, q *dbsql.Queries, user, keep id.ID) (ended func(), err error) {
	if err := q.LockUser(ctx, user); err != nil {
		return nil, err
	}
	list, err := q.DeleteSessionsOfUser(ctx, dbsql.DeleteSessionsOfUserParams{UserID: user, Keep: keep})
	return func() { b.Hub.EndSession(list...) }, err
}

// SetDevice binds a session to a phone; the user's other sessions on it end.
func (b *Book) SetDevice(ctx context.Context, s dbsql.Session, device string) error {
	expires := b.Now.Millis() + b.Length().Milliseconds()
	if OfProgram(s) {
		expires = s.ExpiresAt
	}
	if err := b.DB.SetSessionDevice(ctx, dbsql.SetSessionDeviceParams{ID: s.ID, DeviceID: device, ExpiresAt: expires}); err != nil {
		return err
	}
	return b.OnlyOn(ctx, device, s.ID)
}

// OnlyOn ends the other sessions that a session's user has on a phone, which would be told everything twice.
func (b *Book) OnlyOn(ctx context.Context, device string, session id.ID) error {
	ended, err := b.DB.DeleteOtherSessionsOfDevice(ctx, dbsql.DeleteOtherSessionsOfDeviceParams{DeviceID: device, Keep: session})
	b.Hub.EndSession(ended...)
	return err
}

// View is a session as its owner sees it in a list, without its token.
func View(s dbsql.Session, roles string) wire.Session {
	return wire.Session{ID: s.ID, CreateAt: s.CreateAt, ExpiresAt: s.ExpiresAt, LastActivityAt: s.LastActivityAt, UserID: s.UserID,
		DeviceID: s.DeviceID, Roles: roles, IsOAuth: OfApp(s), Props: s.Props, TeamMembers: []*wire.TeamMember{}}
}
