package realtime

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/tinylib/msgp/msgp"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

// seeds are requests, good and bad. {user} and {channel} stand for ids that each process of the fuzzer has of its own.
var seeds = []string{`{"seq":1,"action":"ping"}`, `{"seq":-1,"action":"","data":[]}`, `{"seq":1,"action":"get_statuses"}`, `{"seq":2,"action":"get_statuses_by_ids","data":{"user_ids":["{user}",""]}}`,
	`{"seq":2,"action":"get_statuses_by_ids","data":{"user_ids":[]}}`, `{"seq":3,"action":"user_typing","data":{"channel_id":"{channel}","parent_id":"../x"}}`, `{"seq":3,"action":"user_typing","data":7}`,
	`{"seq":4,"action":"user_update_active_status","data":{"user_is_active":false,"manual":true}}`, `{"seq":4,"action":"user_update_active_status","data":"x"}`, `{"seq":5,"action":"presence","data":{"active_channel":"x"}}`,
	`{"seq":6,"action":"posted_notify_ack"}`, `{"seq":7,"action":"authentication_challenge","data":{"token":"x"}}`, `{"seq":9223372036854775807,"action":"nonsense"}`, `{"seq":1e3,"action":"ping"}`,
	`{"seq":1,"action":"ping","ACTION":"x"}`, `{"seq":1,"action":"ping","data":{"x":` + strings.Repeat("[", 4000) + strings.Repeat("]", 4000) + `}}`, `{"seq":1,"action":"\u0000"}`, `[1]`, `null`, `{}{}`, "\xff", ""}

// FuzzParseRequest: of a request that is taken all readers make the same, it has an action and a number, and written again it is the same.
func FuzzParseRequest(f *testing.F) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, bad := parseRequest(text)
		if bad != nil {
			if bad.Status != 400 || bad.ID == "" || len(bad.Message) < 10 {
				t.Errorf("%q is refused with %+v", text, bad)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil || r.Seq <= 0 || r.Action == "" || !json.Valid(text) {
			t.Fatalf("%q became %+v, %v", text, r, err)
		}
		if back, bad := parseRequest(again); bad != nil || back.Seq != r.Seq || back.Action != r.Action {
			t.Errorf("%q became %+v, and that %+v, %v", text, r, back, bad)
		}
	})
}

// FuzzUnpacked: whatever a binary message is, it becomes a request that is as good as one in JSON, or is refused.
func FuzzUnpacked(f *testing.F) {
	for _, text := range seeds {
		if packed, err := packed(text); err == nil {
			f.Add(packed)
		}
	}
	deep := strings.Repeat("\x91", maxRequest)
	for _, text := range []string{"", "\xc1", "\x83", "\xdd\xff\xff\xff\xff", "\xdf\xff\xff\xff\xff\xa1a", "\xc6\xff\xff\xff\xff", deep, "\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00", "\x81\x01\x02"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) > maxRequest {
			return
		}
		text := unpacked(message)
		if r, bad := parseRequest(text); bad == nil && (r.Seq <= 0 || r.Action == "" || !json.Valid(text)) {
			t.Errorf("% x became %+v", message, r)
		}
	})
}

// packed is a text of JSON in MessagePack.
func packed(text string) ([]byte, error) {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return nil, err
	}
	return msgp.AppendIntf(nil, v)
}

// FuzzAction: each message of a client that is signed in has one answer, under its own number, a success or a failure with a name; and the
// next request is answered as if there had been none. A challenge goes unanswered.
func FuzzAction(f *testing.F) {
	for _, text := range seeds {
		f.Add([]byte(text))
	}
	h := setup(f)
	user, channel := id.New(), id.New()
	h.rooms[user] = Rooms{Channels: []id.ID{channel}}
	c := h.dial("?as=" + user.String())
	names := strings.NewReplacer("{user}", user.String(), "{channel}", channel.String())
	asked := 0
	f.Fuzz(func(t *testing.T, text []byte) {
		if text = []byte(names.Replace(string(text))); len(text) > maxRequest {
			return // is cut off, which another test shows
		}
		h.t = t
		asked++
		probe := 1_000_000_000 + asked
		for _, message := range []string{string(text), `{"seq":` + strconv.Itoa(probe) + `,"action":"ping"}`} {
			if err := c.WriteMessage(websocket.TextMessage, []byte(message)); err != nil {
				t.Fatal(err)
			}
		}
		var replies []message
		for m := h.read(c); m.SeqReply != int64(probe); m = h.read(c) {
			if m.Event == "" {
				replies = append(replies, m)
			}
		}
		r, bad := parseRequest(text)
		if challenge := bad == nil && r.Action == "authentication_challenge"; len(replies) != map[bool]int{true: 0, false: 1}[challenge] {
			t.Fatalf("%q has %d answers: %+v", text, len(replies), replies)
		}
		for _, m := range replies {
			ok := m.Status == "OK" && m.Error == nil && bad == nil
			failed := m.Status == "FAIL" && m.Error != nil && m.Error.ID != "" && m.Error.StatusCode/100 == 4
			if m.SeqReply != r.Seq || !ok && !failed {
				t.Errorf("%q is answered %+v, %+v", text, m, m.Error)
			}
		}
	})
}
