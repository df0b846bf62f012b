// Package teams owns the groups of people and channels, and who is in them. It never touches posts.
package teams

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/clock"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/mail"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// The types of teams.
const (
	Open   = "O"
	Invite = "I"
)

// Directory is where teams are found and changed.
type Directory struct {
	DB       *store.DB
	Hub      *realtime.Hub
	Now      clock.Clock
	Channels *channels.Directory
	Mail     *mail.Outbox
	Config   *config.Book
}

// Access is a team and what decides what a user may do in it.
type Access struct {
	Team          dbsql.Team
	Member, Admin bool
}

// Access reads a team as a user meets it.
func (d *Directory) Access(ctx context.Context, team, user id.ID) (Access, error) {
	row, err := d.DB.TeamAccess(ctx, dbsql.TeamAccessParams{TeamID: team, UserID: user})
	if store.Missing(err) {
		return Access{}, fault.NotFound("team")
	}
	return Access{Team: row.Team, Member: row.Member, Admin: row.Admin}, err
}

// Allow reports whether someone with these system roles may do that in the team.
func (a Access) Allow(system string, want roles.Permission) bool {
	return roles.Allow(system, want) || (a.Member && roles.Allow(roles.InTeam(a.Admin, roles.Guest(system)), want))
}

// View is a team as the wire has it. Only who may invite learns the invitation's secret.
func View(t dbsql.Team, mayInvite bool) *wire.Team {
	w := &wire.Team{ID: t.ID, CreateAt: t.CreateAt, UpdateAt: t.UpdateAt, DeleteAt: t.DeleteAt, DisplayName: t.DisplayName, Name: t.Name,
		Description: t.Description, Email: t.Email, Type: t.Type, CompanyName: t.CompanyName, AllowedDomains: t.AllowedDomains,
		InviteID: t.InviteID, AllowOpenInvite: t.AllowOpenInvite, LastTeamIconUpdate: t.LastIconUpdate}
	if !mayInvite {
		w.Email, w.InviteID = "", ""
	}
	return w
}

// MemberView is a member as the wire has it.
func MemberView(m dbsql.TeamMember) *wire.TeamMember {
	return &wire.TeamMember{TeamID: m.TeamID, UserID: m.UserID, Roles: roles.InTeam(m.Admin, m.Guest), DeleteAt: m.DeleteAt,
		SchemeGuest: m.Guest, SchemeUser: !m.Guest, SchemeAdmin: m.Admin && !m.Guest}
}

// Create makes a team with its default channels and its creator as its admin.
func (d *Directory) Create(ctx context.Context, in wire.Team, creator dbsql.User) (dbsql.Team, error) {
	in.Name = strings.ToLower(in.Name)
	if err := checkName(in.Name); err != nil {
		return dbsql.Team{}, err
	}
	if err := check(in); err != nil {
		return dbsql.Team{}, err
	}
	now := d.Now.Millis()
	var t dbsql.Team
	err := d.DB.Tx(ctx, func(q *dbsql.Queries) (err error) {
		t, err = q.InsertTeam(ctx, dbsql.InsertTeamParams{ID: id.New(), Now: now, Name: in.Name, DisplayName: in.DisplayName, Description: in.Description,
			Email: creator.Email, Type: in.Type, CompanyName: in.CompanyName, AllowedDomains: in.AllowedDomains, InviteID: id.Token(), AllowOpenInvite: in.AllowOpenInvite})
		if err != nil {
			return err
		}
		return channels.CreateDefaults(ctx, q, t.ID, creator.ID, now)
	})
	if store.Violates(err, "teams_name_key") {
		return t, fault.New(http.StatusBadRequest, "app.team.save.existing.app_error", "A team with that name already exists.")
	}
	if err != nil {
		return t, err
	}
	_, err = d.Add(ctx, t, creator, creator, true)
	return t, err
}

var teamName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}[a-z0-9]$`)

// reserved names are paths of the web client.
var reserved = map[string]bool{"admin": true, "api": true, "channel": true, "claim": true, "error": true, "files": true, "help": true, "landing": true,
	"login": true, "longhouse": true, "mfa": true, "oauth": true, "plug": true, "plugins": true, "post": true, "signup": true, "playbooks": true, "boards": true}

func checkName(name string) error {
	if !teamName.MatchString(name) || reserved[name] {
		return fault.New(http.StatusBadRequest, "model.team.is_valid.characters.app_error",
			"A team's name has 2 to 64 lower-case letters, digits and -, begins with a letter, does not end with -, and is no reserved word.")
	}
	return nil
}

func check(t wire.Team) error {
	switch {
	case t.Type != Open && t.Type != Invite:
		return fault.BadBody("type", "O for open or I for invite only")
	case strings.TrimSpace(t.DisplayName) == "" || utf8.RuneCountInString(t.DisplayName) > 64:
		return fault.BadBody("display_name", "1 to 64 characters")
	case utf8.RuneCountInString(t.Description) > 255:
		return fault.BadBody("description", "at most 255 characters")
	case utf8.RuneCountInString(t.CompanyName) > 64:
		return fault.BadBody("company_name", "at most 64 characters")
	case len(t.AllowedDomains) > 500:
		return fault.BadBody("allowed_domains", "at most 500 characters")
	}
	return nil
}

type teamText struct {
	Team string `json:"team"`
}

func (d *Directory) announce(name realtime.Name, t dbsql.Team) {
	d.Hub.Publish(realtime.Event{Name: name, Data: teamText{realtime.Text(View(t, false))}, To: wire.Broadcast{TeamID: t.ID}})
}

// Patch changes what a team is called and how it is joined.
func (d *Directory) Patch(ctx context.Context, t dbsql.Team, patch wire.TeamPatch) (dbsql.Team, error) {
	for field, value := range map[*string]*string{&t.DisplayName: patch.DisplayName, &t.Description: patch.Description,
		&t.CompanyName: patch.CompanyName, &t.AllowedDomains: patch.AllowedDomains} {
		if value != nil {
			*field = *value
		}
	}
	if patch.AllowOpenInvite != nil {
		t.AllowOpenInvite = *patch.AllowOpenInvite
	}
	if err := check(*View(t, true)); err != nil {
		return t, err
	}
	t, err := d.DB.UpdateTeam(ctx, dbsql.UpdateTeamParams{ID: t.ID, Now: d.Now.Millis(), DisplayName: t.DisplayName, Description: t.Description,
		CompanyName: t.CompanyName, AllowedDomains: t.AllowedDomains, AllowOpenInvite: t.AllowOpenInvite, Type: t.Type})
	if err == nil {
		d.announce(realtime.UpdateTeam, t)
	}
	return t, err
}

// IconChanged notes that a team has another icon from now on, or none any more.
func (d *Directory) IconChanged(ctx context.Context, team id.ID, has bool) error {
	now := d.Now.Millis()
	next := dbsql.SetTeamIconUpdateParams{ID: team, Now: now}
	if has {
		next.At = now
	}
	t, err := d.DB.SetTeamIconUpdate(ctx, next)
	if err == nil {
		d.announce(realtime.UpdateTeam, t)
	}
	return err
}

// SetType opens a team to everyone in the workspace, or closes it.
func (d *Directory) SetType(ctx context.Context, t dbsql.Team, kind string) (dbsql.Team, error) {
	if kind != Open && kind != Invite {
		return t, fault.BadBody("privacy", "O for open or I for invite only")
	}
	t.Type = kind
	open := kind == Open
	return d.Patch(ctx, t, wire.TeamPatch{AllowOpenInvite: &open})
}

// Archive hides a team; Restore brings it back.
func (d *Directory) Archive(ctx context.Context, team id.ID) error {
	now := d.Now.Millis()
	t, err := d.DB.SetTeamDeleteAt(ctx, dbsql.SetTeamDeleteAtParams{ID: team, DeleteAt: now, Now: now})
	if err == nil {
		d.announce(realtime.DeleteTeam, t)
	}
	return err
}

// Restore undoes Archive.
func (d *Directory) Restore(ctx context.Context, team id.ID) (dbsql.Team, error) {
	t, err := d.DB.SetTeamDeleteAt(ctx, dbsql.SetTeamDeleteAtParams{ID: team, Now: d.Now.Millis()})
	if err == nil {
		d.announce(realtime.RestoreTeam, t)
	}
	return t, err
}

// NewInvite makes every earlier invitation worthless.
func (d *Directory) NewInvite(ctx context.Context, team id.ID) (t dbsql.Team, err error) {
	err = d.DB.Tx(ctx, func(q *dbsql.Queries) error {
		if err := q.DeleteInvitationsOfTeam(ctx, team); err != nil {
			return err
		}
		t, err = q.SetTeamInvite(ctx, dbsql.SetTeamInviteParams{ID: team, InviteID: id.Token(), Now: d.Now.Millis()})
		return err
	})
	return t, err
}
