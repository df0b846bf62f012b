package realtime

import (
	"testing"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func TestGuestsHearOfWhatIsForThemAlone(t *testing.T) {
	t.Parallel()
	h := setup(t)
	guest, other, member := id.New(), id.New(), id.New()
	h.rooms[guest], h.rooms[other] = Rooms{Guest: true}, Rooms{Guest: true}
	a, b, c := h.dial("?as="+guest.String()), h.dial("?as="+other.String()), h.dial("?as="+member.String())
	for _, conn := range []*websocket.Conn{a, b, c} {
		h.read(conn)
		h.skipStatus(conn)
	}
	tell := func(name Name, guests []id.ID) { h.hub.Publish(Event{Name: name, Data: struct{}{}, Guests: guests}) }
	want := func(who string, conn *websocket.Conn, names ...Name) {
		t.Helper()
		for _, name := range names {
			if m := h.read(conn); m.Event != name {
				t.Errorf("%s heard %+v, want %s", who, m, name)
			}
		}
	}
	tell(NewUser, []id.ID{})
	tell(UserUpdated, []id.ID{guest})
	tell(EmojiAdded, nil)
	want("the guest", a, UserUpdated, EmojiAdded)
	want("another guest", b, EmojiAdded)
	want("a member", c, NewUser, UserUpdated, EmojiAdded)
	h.hub.Turned(other, false)
	h.hub.Turned(member, true)
	tell(NewUser, []id.ID{})
	tell(EmojiAdded, nil)
	want("a guest no more", b, NewUser, EmojiAdded)
	want("a guest by now", c, EmojiAdded)
}
