package api_test

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// Whatever writes for somebody who may mention groups mentions them.
func TestAGroupIsMentionedByAllThatWriteForPeople(t *testing.T) {
	t.Parallel()
	b := integrated(t)
	b.group("masons", b.member)
	program := b.program("application/json", `{"response_type":"in_channel","text":"the @masons built"}`)
	hook := b.newHook(b.admin, wire.IncomingWebhook{})
	command := b.newCommand(b.admin, wire.Command{Trigger: "build", URL: program.url})
	b.newOutgoing(b.admin, wire.OutgoingWebhook{DisplayName: "Echo", TriggerWords: []string{"echo"}, CallbackURLs: []string{program.url}})
	for what, write := range map[string]func(){
		"a hook":                     func() { b.tell(hook.ID, "application/json", `{"text":"@masons, it is stuck"}`) },
		"a command":                  func() { b.command(b.admin, b.public, "/me waves at the @masons") },
		"a command of the team's":    func() { b.command(b.admin, b.public, "/"+command.Trigger) },
		"what an outgoing hook asks": func() { b.say(b.admin, b.public.ID, "echo") },
		"what was scheduled":         func() { b.later(b.admin, b.public.ID, id.ID{}, "good morning, @masons"); b.pass() },
	} {
		b.must(b.member, http.MethodPost, "/channels/members/me/view", map[string]any{"channel_id": b.public.ID})
		write()
		b.eventually(what+" mentions a group", func() bool { return b.unread(b.member, b.public).MentionCount == 1 })
	}
}
