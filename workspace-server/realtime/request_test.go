package realtime

import (
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// Clients send what is big as a binary message.
func TestRequestsInMessagePackAreReadAsWell(t *testing.T) {
	t.Parallel()
	h := setup(t)
	user := id.New()
	c := h.dial("?as=" + user.String())
	h.read(c)
	h.skipStatus(c)
	for text, want := range map[string]string{
		`{"seq":4,"action":"ping"}`: "",
		`{"seq":4,"action":"get_statuses_by_ids","data":{"user_ids":["` + user.String() + `"]}}`: "",
		`{"seq":4,"action":"presence","data":{"channel_id":"x"}}`:                                "",
		`{"seq":4,"action":"nonsense"}`:                                                          "api.web_socket_router.bad_action.app_error",
		`{"seq":0,"action":"ping"}`:                                                              "api.web_socket_router.bad_seq.app_error",
		`[1]`:                                                                                    "api.web_socket_router.bad_action.app_error",
	} {
		message, err := packed(text)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.WriteMessage(websocket.BinaryMessage, message)
		m := h.read(c)
		if (want == "") != (m.Status == "OK") || (want != "" && m.Error.ID != want) || (want == "" && m.SeqReply != 4) {
			t.Errorf("%s: %+v", text, m)
		}
	}
	for _, message := range []string{"", "\xc1", "\x83", "\xdd\xff\xff\xff\xff", strings.Repeat("\x91", maxRequest)} {
		_ = c.WriteMessage(websocket.BinaryMessage, []byte(message))
		if m := h.read(c); m.Error == nil || m.Error.ID != "api.web_socket_router.bad_action.app_error" {
			t.Errorf("% x: %+v", message, m)
		}
	}
}
