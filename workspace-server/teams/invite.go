package teams

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/users"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	invitationLife = 48 * time.Hour
	betweenMails   = time.Minute // to one address
	mostMailed     = 1000        // by an inviter, of invitations that are open
	mostAddresses  = 100         // at a time
	longestMessage = 1000        // runes
)

// Refusal is why an address was not invited; nil: it was.
type Refusal struct {
	Email string
	Why   error
}

// Invite mails invitations to a team. It answers for each address, in their order; where all or none are to be invited, the first that can't be
// is the error.
func (d *Directory) Invite(ctx context.Context, t dbsql.Team, by dbsql.User, in wire.MemberInvite, allOrNone bool) ([]Refusal, error) {
	if err := d.checkInvite(ctx, t, by, in); err != nil {
		return nil, err
	}
	return d.inviteEach(ctx, in.Emails, allOrNone, func(q *dbsql.Queries, raw string) (refused, err error) {
		address, bad := users.Address(raw)
		if bad != nil || !domainAllowed(t.AllowedDomains, address) {
			return fault.New(http.StatusBadRequest, "api.team.invite_members.invalid_email.app_error", "It is no e-mail address, or of a domain that the team does not admit."), nil
		}
		return d.invite(ctx, q, t, by, address, in, false)
	})
}

// inviteEach invites, and mails what there is to mail once that is certain.
func (d *Directory) inviteEach(ctx context.Context, addresses []string, allOrNone bool, invite func(q *dbsql.Queries, raw string) (refused, err error)) ([]Refusal, error) {
	answers := make([]Refusal, len(addresses))
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		for _, i := range inOrder(addresses) {
			answers[i].Email = addresses[i]
			refused, err := invite(q, addresses[i])
			if err != nil {
				return err
			}
			if refused != nil && allOrNone {
				return refused
			}
			if refused != nil {
				answers[i].Why = refused
			}
		}
		return nil
	})
	d.Mail.Ring()
	return answers, err
}

// inOrder is the places of addresses in an order of their own: who invites the same people at the same time then waits for the other, and not
// each for each.
func inOrder(addresses []string) []int {
	places := make([]int, len(addresses))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(a, b int) int {
		return strings.Compare(strings.ToLower(addresses[a]), strings.ToLower(addresses[b]))
	})
	return places
}

func (d *Directory) checkInvite(ctx context.Context, t dbsql.Team, by dbsql.User, in wire.MemberInvite) error {
	switch {
	case len(in.Emails) == 0:
		return fault.New(http.StatusBadRequest, "api.team.invite_members.no_one.app_error", "Say whom to invite: emails is a list of 1 to %d addresses.", mostAddresses)
	case len(in.Emails) > mostAddresses:
		return fault.BadBody("emails", "a list of 1 to 100 addresses")
	case len(in.ChannelIDs) > mostAddresses:
		return fault.BadBody("channelIds", "at most 100 ids")
	case utf8.RuneCountInString(in.Message) > longestMessage:
		return fault.BadBody("message", "at most 1000 characters")
	case !d.Mail.Works() || !d.Config.Settings().Mail.Invitations:
		return fault.New(http.StatusNotImplemented, "api.team.invite_members.disabled.app_error", "This workspace invites nobody by mail.")
	case t.DeleteAt > 0:
		return fault.NotFound("team")
	}
	for _, channel := range in.ChannelIDs {
		if _, ok, err := d.brings(ctx, by, t.ID, channel); err != nil {
			return err
		} else if !ok {
			return fault.Forbidden()
		}
	}
	return nil
}

// brings reports whether somebody may bring others into a channel of the team.
func (d *Directory) brings(ctx context.Context, by dbsql.User, team, channel id.ID) (dbsql.Channel, bool, error) {
	a, err := d.Channels.Access(ctx, channel, by.ID)
	if fault.Is(err, fault.NotFound("channel").ID) {
		return a.Channel, false, nil
	}
	ok := a.Channel.TeamID == team && a.Channel.DeleteAt == 0 && by.DeleteAt == 0 && a.Allow(by.Roles, channels.Managing(a.Channel))
	return a.Channel, ok && err == nil, err
}

func (d *Directory) invite(ctx context.Context, q *dbsql.Queries, t dbsql.Team, by dbsql.User, address string, in wire.MemberInvite, guest bool) (refused, err error) {
	now, token := d.Now(), id.Token()
	digest := id.Digest(token)
	if guest {
		digest = guestDigest(token)
	}
	n, err := q.PutInvitation(ctx, dbsql.PutInvitationParams{TokenHash: digest, TeamID: t.ID, InviterID: by.ID, Email: address, ChannelIds: in.ChannelIDs,
		Now: now.UnixMilli(), ExpiresAt: now.Add(invitationLife).UnixMilli(), Since: now.Add(-betweenMails).UnixMilli(), Most: mostMailed})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return fault.New(http.StatusTooManyRequests, "app.email.rate_limit_exceeded.app_error",
			"The address was invited less than a minute ago, or you have invited %d times, and nobody came yet.", mostMailed), nil
	}
	return nil, d.Mail.Put(ctx, q, d.Mail.Invite(mail.Invited{To: address, Token: token, Team: t.DisplayName, TeamName: t.Name, Inviter: nameOf(by),
		Message: in.Message, Outside: guest}))
}

func nameOf(u dbsql.User) string {
	if u.FirstName == "" && u.LastName == "" {
		return "@" + u.Username
	}
	return u.FirstName + " " + u.LastName + " (@" + u.Username + ")"
}

// ForgetInvitations removes those that have expired.
func (d *Directory) ForgetInvitations(ctx context.Context) error {
	return d.DB.DeleteExpiredInvitations(ctx, d.Now.Millis())
}
