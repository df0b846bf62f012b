package commands

import (
	"context"
	"net/http"
	"strings"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/posts"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// builtIn are the commands, by name.
func builtIn() []command {
	return []command{
		{"away", "", "Set your status to away", status(realtime.Away, "You are now away.")},
		{"code", "[text]", "Show text as a block of code", (*Runner).code},
		{"dnd", "", "Set your status to do not disturb", status(realtime.DND, "You get no notifications now, until you type another status.")},
		{"header", "[text]", "Set the header of the channel", patch("header", func(p *wire.ChannelPatch, text *string) { p.Header = text })},
		{"help", "", "List the commands", (*Runner).help},
		{"invite", "@[username] ~[channel]", "Add somebody to a channel, to this one if none is named", (*Runner).invite},
		{"join", "~[channel]", "Join a channel of the team", (*Runner).join},
		{"kick", "@[username]", "Remove somebody from the channel", (*Runner).kick},
		{"leave", "", "Leave the channel", (*Runner).leave},
		{"logout", "", "Sign out", goes("/login")},
		{"me", "[text]", "Say what you do", (*Runner).me},
		{"msg", "@[username] [text]", "Send a direct message", (*Runner).msg},
		{"mute", "", "Mute the channel, or unmute it", (*Runner).mute},
		{"offline", "", "Set your status to offline", status(realtime.Offline, "You are now offline.")},
		{"online", "", "Set your status to online", status(realtime.Online, "You are now online.")},
		{"open", "~[channel]", "Join a channel of the team", (*Runner).join},
		{"purpose", "[text]", "Set the purpose of the channel", patch("purpose", func(p *wire.ChannelPatch, text *string) { p.Purpose = text })},
		{"remove", "@[username]", "Remove somebody from the channel", (*Runner).kick},
		{"rename", "[text]", "Rename the channel", patch("name", func(p *wire.ChannelPatch, text *string) { p.DisplayName = text })},
		{"shrug", "[text]", "Add a shrug to what you say", (*Runner).shrug},
	}
}

type run = func(*Runner, context.Context, Call) (answer, error)

func status(to, says string) run {
	return func(r *Runner, ctx context.Context, c Call) (answer, error) {
		_, err := r.Users.SetStatus(ctx, c.User.ID, to, 0)
		return answer{text: says}, err
	}
}

func goes(to string) run {
	return func(*Runner, context.Context, Call) (answer, error) { return answer{goesTo: to}, nil }
}

func needs(what string) error {
	return fault.New(http.StatusBadRequest, "api.command.needs.app_error", "The command needs %s.", what)
}

func (r *Runner) help(context.Context, Call) (answer, error) {
	var list strings.Builder
	for _, b := range builtIn() {
		list.WriteString(strings.TrimSpace("* `/"+strings.TrimSpace(b.trigger+" "+b.hint)+"`: "+b.description) + "\n")
	}
	return answer{text: list.String()}, nil
}

func (r *Runner) me(_ context.Context, c Call) (answer, error) {
	if c.text == "" {
		return answer{}, needs("a text")
	}
	return answer{post: "*" + c.text + "*", kind: posts.Me}, nil
}

func (r *Runner) shrug(_ context.Context, c Call) (answer, error) {
	return answer{post: strings.TrimSpace(c.text + ` ¯\\\_(ツ)\_/¯`)}, nil
}

func (r *Runner) code(_ context.Context, c Call) (answer, error) {
	if c.text == "" {
		return answer{}, needs("a text")
	}
	return answer{post: "    " + strings.ReplaceAll(c.text, "\n", "\n    ")}, nil
}

// patch changes a text of the channel.
func patch(what string, set func(*wire.ChannelPatch, *string)) run {
	return func(r *Runner, ctx context.Context, c Call) (answer, error) {
		if c.text == "" {
			return answer{}, needs("the " + what + " that the channel shall have")
		}
		want := roles.ManagePublicChannelProperties
		if c.In.Channel.Type != channels.Public {
			want = roles.ManagePrivateProperties
		}
		direct := c.In.Channel.TeamID.IsZero()
		if direct && (what == "name" || !c.In.Member) || !direct && !c.In.Allow(c.User.Roles, want) {
			return answer{}, fault.Forbidden()
		}
		var p wire.ChannelPatch
		set(&p, &c.text)
		if _, err := r.Channels.Patch(ctx, c.In.Channel, p); err != nil {
			return answer{}, err
		}
		return answer{text: "The " + what + " of the channel is changed."}, nil
	}
}

// channel finds one of the team by its name, which may stand behind a ~, as far as who asks can see it.
func (r *Runner) channel(ctx context.Context, c Call, name string) (channels.Access, error) {
	row, err := r.Channels.ByName(ctx, c.Team, strings.ToLower(strings.TrimPrefix(name, "~")), false)
	if fault.Is(err, "app.channel.get_by_name.missing.app_error") {
		return channels.Access{}, errNoChannel
	}
	if err != nil {
		return channels.Access{}, err
	}
	access, err := r.Channels.Access(ctx, row.ID, c.User.ID)
	if err == nil && !access.Allow(c.User.Roles, roles.ReadChannel) {
		err = errNoChannel
	}
	return access, err
}

// user finds one by the name, which may stand behind an @, as far as who asks sees them.
func (r *Runner) user(ctx context.Context, c Call, name string) (dbsql.User, error) {
	u, err := r.Users.ByUsername(ctx, strings.TrimPrefix(name, "@"))
	u, err = r.Users.SeenBy(ctx, c.User, u, err)
	if fault.Is(err, fault.NotFound("user").ID) {
		err = fault.New(http.StatusNotFound, "api.command.no_user.app_error", "There is no user of that name.")
	}
	return u, err
}

func (r *Runner) place(ctx context.Context, team id.ID, path string) (string, error) {
	t, err := r.DB.TeamByID(ctx, team)
	return "/" + t.Name + path, err
}

func (r *Runner) join(ctx context.Context, c Call) (answer, error) {
	if c.text == "" || c.Team.IsZero() {
		return answer{}, needs("the name of a channel of the team that you are in")
	}
	to, err := r.channel(ctx, c, c.text)
	if err != nil {
		return answer{}, err
	}
	if !to.Member {
		if to.Channel.Type != channels.Public || !to.Allow(c.User.Roles, roles.JoinPublicChannels) {
			return answer{}, fault.Forbidden()
		}
		if _, err := r.Channels.Add(ctx, to.Channel, c.User, c.User); err != nil {
			return answer{}, err
		}
	}
	where, err := r.place(ctx, to.Channel.TeamID, "/channels/"+to.Channel.Name)
	return answer{goesTo: where}, err
}

func (r *Runner) leave(ctx context.Context, c Call) (answer, error) {
	if err := r.Channels.Remove(ctx, c.In.Channel, c.User, c.User); err != nil {
		return answer{}, err
	}
	where, err := r.place(ctx, c.In.Channel.TeamID, "/channels/"+channels.Default)
	return answer{goesTo: where}, err
}

func (r *Runner) invite(ctx context.Context, c Call) (answer, error) {
	words := strings.Fields(c.text)
	if len(words) == 0 || len(words) > 2 {
		return answer{}, needs("a user, and a channel if it is another than this")
	}
	u, err := r.user(ctx, c, words[0])
	if err != nil {
		return answer{}, err
	}
	to := c.In
	if len(words) == 2 {
		if to, err = r.channel(ctx, c, words[1]); err != nil {
			return answer{}, err
		}
	}
	if !to.Allow(c.User.Roles, channels.Managing(to.Channel)) {
		return answer{}, fault.Forbidden()
	}
	if _, err := r.Channels.Add(ctx, to.Channel, u, c.User); err != nil {
		return answer{}, err
	}
	return answer{text: "@" + u.Username + " is in ~" + to.Channel.Name + " now."}, nil
}

func (r *Runner) kick(ctx context.Context, c Call) (answer, error) {
	if c.text == "" {
		return answer{}, needs("a user")
	}
	u, err := r.user(ctx, c, c.text)
	if err != nil {
		return answer{}, err
	}
	if u.ID == c.User.ID || !c.In.Allow(c.User.Roles, channels.Managing(c.In.Channel)) {
		return answer{}, fault.Forbidden()
	}
	return answer{}, r.Channels.Remove(ctx, c.In.Channel, u, c.User)
}

func (r *Runner) msg(ctx context.Context, c Call) (answer, error) {
	name, text, _ := strings.Cut(c.text, " ")
	if name == "" {
		return answer{}, needs("a user, and what to tell them")
	}
	u, err := r.user(ctx, c, name)
	if err != nil {
		return answer{}, err
	}
	if !roles.Allow(c.User.Roles, roles.CreateDirectChannel) {
		return answer{}, fault.Forbidden()
	}
	direct, err := r.Channels.OpenDirect(ctx, c.User.ID, u.ID)
	if err != nil {
		return answer{}, err
	}
	if text = strings.TrimSpace(text); text != "" {
		to, err := r.Channels.Access(ctx, direct.ID, c.User.ID)
		if err != nil {
			return answer{}, err
		}
		if _, err := r.Posts.Create(ctx, posts.Draft{Author: c.User, Channel: to.Channel, Message: text}); err != nil {
			return answer{}, err
		}
	}
	if c.Team.IsZero() {
		return answer{}, nil
	}
	where, err := r.place(ctx, c.Team, "/messages/@"+u.Username)
	return answer{goesTo: where}, err
}

func (r *Runner) mute(ctx context.Context, c Call) (answer, error) {
	m, err := r.Channels.Member(ctx, c.In.Channel.ID, c.User.ID)
	if err != nil {
		return answer{}, err
	}
	next, says := "mention", "The channel is muted."
	if m.NotifyProps["mark_unread"] == "mention" {
		next, says = "all", "The channel is not muted any more."
	}
	return answer{text: says}, r.Channels.SetNotify(ctx, c.In.Channel.ID, c.User.ID, wire.StringMap{"mark_unread": next})
}
