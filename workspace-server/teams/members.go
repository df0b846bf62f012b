package teams

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type membership struct {
	TeamID id.ID `json:"team_id"`
	UserID id.ID `json:"user_id"`
}

// Add makes someone a member of a team and, who is no guest, of its default channels. Once more changes nothing.
func (d *Directory) Add(ctx context.Context, t dbsql.Team, user, by dbsql.User, admin bool) (*wire.TeamMember, error) {
	if err := admissible(t, user); err != nil {
		return nil, err
	}
	m, err := d.DB.AddTeamMember(ctx, dbsql.AddTeamMemberParams{TeamID: t.ID, UserID: user.ID, Admin: admin, Now: d.Now.Millis()})
	if err != nil {
		return nil, err
	}
	ctx, done := certain(ctx)
	defer done()
	return d.joined(ctx, m, user, by)
}

// certain is for what follows a membership that is committed: it is done though whoever asked has gone, as nobody could ask for it again.
func certain(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), welcomeWithin)
}

const welcomeWithin = time.Minute

func admissible(t dbsql.Team, user dbsql.User) error {
	switch {
	case t.DeleteAt > 0:
		return fault.NotFound("team")
	case user.DeleteAt > 0:
		return fault.New(http.StatusBadRequest, "api.team.add_user_to_team.deactivated.app_error", "That account is deactivated.")
	case !user.Guest && !domainAllowed(t.AllowedDomains, user.Email):
		return fault.New(http.StatusBadRequest, "api.team.join_user_to_team.allowed_domains.app_error", "The team admits only addresses of certain domains.")
	}
	return nil
}

func (d *Directory) joined(ctx context.Context, m dbsql.TeamMember, user, by dbsql.User) (*wire.TeamMember, error) {
	d.Hub.JoinedTeam(m.TeamID, user.ID)
	d.Hub.Publish(realtime.Event{Name: realtime.AddedToTeam, Data: membership{m.TeamID, user.ID}, To: wire.Broadcast{UserID: user.ID}})
	if m.Guest {
		return MemberView(m), nil
	}
	return MemberView(m), d.Channels.AddToDefaults(ctx, m.TeamID, user, by)
}

func domainAllowed(list, email string) bool {
	domains := strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' })
	for _, domain := range domains {
		if strings.HasSuffix(email, "@"+strings.TrimPrefix(domain, "@")) {
			return true
		}
	}
	return len(domains) == 0
}

// Remove ends a membership, and those in the team's channels.
func (d *Directory) Remove(ctx context.Context, team, user, by id.ID) error {
	beside, err := d.DB.GuestsBeside(ctx, user) // as long as they see them
	if err != nil {
		return err
	}
	n, err := d.DB.RemoveTeamMember(ctx, dbsql.RemoveTeamMemberParams{TeamID: team, UserID: user, Now: d.Now.Millis()})
	if err != nil {
		return err
	}
	if n == 0 {
		return fault.NotFound("team_member")
	}
	if err := d.Channels.RemoveFromTeam(ctx, team, user, by); err != nil {
		return err
	}
	d.Channels.LeftTeam(team, user, beside)
	return nil
}

// Member reads one membership, which may have ended.
func (d *Directory) Member(ctx context.Context, team, user id.ID) (*wire.TeamMember, error) {
	m, err := d.DB.TeamMember(ctx, dbsql.TeamMemberParams{TeamID: team, UserID: user})
	if store.Missing(err) || (err == nil && m.DeleteAt > 0) {
		return nil, fault.New(http.StatusNotFound, "app.team.get_member.missing.app_error", "There is no such member of the team.")
	}
	return MemberView(m), err
}

type memberText struct {
	Member string `json:"member"`
}

// SetAdmin makes a member an admin of the team, or a plain member.
func (d *Directory) SetAdmin(ctx context.Context, team, user id.ID, admin bool) error {
	m, err := d.DB.SetTeamAdmin(ctx, dbsql.SetTeamAdminParams{TeamID: team, UserID: user, Admin: admin})
	if store.Missing(err) {
		return fault.NotFound("team_member")
	}
	if err == nil && admin && m.Guest {
		return fault.New(http.StatusBadRequest, "api.team.update_team_member_roles.guest.app_error", "A guest can't be an admin of a team.")
	}
	if err == nil {
		d.Hub.Publish(realtime.Event{Name: realtime.MemberRoleUpdated, Data: memberText{realtime.Text(MemberView(m))}, To: wire.Broadcast{UserID: user}})
	}
	return err
}

// Unreads sums up what a user hasn't read, per team; direct and group messages stand under no team.
func (d *Directory) Unreads(ctx context.Context, user, team id.ID) ([]wire.TeamUnread, error) {
	rows, err := d.DB.TeamUnreads(ctx, dbsql.TeamUnreadsParams{UserID: user, TeamID: team})
	out := make([]wire.TeamUnread, len(rows))
	for i, r := range rows {
		out[i] = wire.TeamUnread{TeamID: r.TeamID, MsgCount: r.MsgCount, MsgCountRoot: r.MsgCountRoot, MentionCount: r.MentionCount, MentionCountRoot: r.MentionCountRoot}
	}
	return out, err
}

// AddThreads adds to what a user hasn't read in teams what they haven't in the threads that they follow there.
func (d *Directory) AddThreads(ctx context.Context, user id.ID, of []wire.TeamUnread) error {
	rows, err := d.DB.ThreadTotalsByTeam(ctx, user)
	for _, r := range rows {
		for i := range of {
			if of[i].TeamID == r.TeamID {
				of[i].ThreadCount, of[i].ThreadMentionCount, of[i].ThreadUrgentMentionCount = r.Unread, r.Mentions, r.UrgentMentions
			}
		}
	}
	return err
}
