package realtime

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/gorilla/websocket"
	"github.com/tinylib/msgp/msgp"

	"github.com/longhouse-dev/longhouse/internal/strictjson"
	"github.com/longhouse-dev/longhouse/workspace-server/config"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

// request is one action of a client.
type request struct {
	Seq    int64           `json:"seq"`
	Action string          `json:"action"`
	Data   json.RawMessage `json:"data"`
}

// deepest is how far a request nests at most; the actions that this server knows have three levels.
const deepest = 8

// parseRequest reads a request, or says with the protocol's id what is wrong with it.
func parseRequest(message []byte) (request, *fault.Error) {
	var r request
	if strictjson.Check(message, deepest) != nil || json.Unmarshal(message, &r) != nil {
		return request{}, fault.New(400, "api.web_socket_router.bad_action.app_error", "A request is an object with seq, action and data, each once, of at most %d levels, in JSON or in MessagePack.", deepest)
	}
	if r.Action == "" {
		return r, fault.New(400, "api.web_socket_router.no_action.app_error", "The request names no action.")
	}
	if r.Seq <= 0 {
		return r, fault.New(400, "api.web_socket_router.bad_seq.app_error", "A request's seq is at least 1.")
	}
	return r, nil
}

// unpacked is a request in MessagePack, which clients send as a binary message, in JSON. What is none becomes nothing.
func unpacked(message []byte) []byte {
	var text bytes.Buffer
	if _, err := msgp.UnmarshalAsJSON(&text, message); err != nil {
		return nil
	}
	return text.Bytes()
}

// request answers one message and reports whether the connection goes on.
func (s *socket) request(kind int, message []byte) bool {
	if kind == websocket.BinaryMessage {
		message = unpacked(message)
	}
	r, bad := parseRequest(message)
	if bad != nil {
		s.refuse(r.Seq, bad)
		return true
	}
	if r.Action == "authentication_challenge" {
		return s.challenge(r)
	}
	if r.Action == "ping" {
		s.accept(r.Seq, map[string]any{"text": "pong", "version": config.Version, "server_time": s.hub.Now.Millis(), "node_id": ""})
		return true
	}
	if s.stream == nil {
		if r.Action != "presence" { // which clients may send before they are known
			s.refuse(r.Seq, fault.New(401, "api.web_socket_router.not_authenticated.app_error", "The connection is not authenticated."))
		}
		return true
	}
	data, bad := s.act(r)
	if bad != nil {
		s.refuse(r.Seq, bad)
		return true
	}
	s.accept(r.Seq, data)
	return true
}

// challenge authenticates. On a connection that is known already it goes unanswered, as clients expect.
func (s *socket) challenge(r request) bool {
	if s.stream != nil {
		return true
	}
	var data struct{ Token string }
	if json.Unmarshal(r.Data, &data) != nil {
		return false
	}
	who, ok := s.auth(data.Token)
	if !ok {
		return false
	}
	s.accept(r.Seq, nil)
	return s.begin(who)
}

func (s *socket) act(r request) (map[string]any, *fault.Error) {
	switch r.Action {
	case "user_typing":
		return nil, s.typing(r.Data)
	case "get_statuses":
		return s.statuses(s.hub.known())
	case "get_statuses_by_ids":
		var data struct {
			UserIDs []id.ID `json:"user_ids"`
		}
		if json.Unmarshal(r.Data, &data) != nil || len(data.UserIDs) == 0 {
			return nil, fault.BadBody("user_ids", "a list of user ids")
		}
		return s.statuses(data.UserIDs)
	case "user_update_active_status":
		var data struct {
			Active bool `json:"user_is_active"`
		}
		if json.Unmarshal(r.Data, &data) != nil {
			return nil, fault.BadBody("user_is_active", "true or false")
		}
		if data.Active {
			s.hub.Active(s.who.User)
		} else {
			s.hub.Idle(s.who.User)
		}
		return nil, nil
	case "presence", "posted_notify_ack":
		return nil, nil
	}
	return nil, fault.New(400, "api.web_socket_router.bad_action.app_error", "This server knows no such action.")
}

type typing struct {
	ParentID string `json:"parent_id"`
	UserID   id.ID  `json:"user_id"`
}

func (s *socket) typing(raw json.RawMessage) *fault.Error {
	var data struct {
		ChannelID id.ID  `json:"channel_id"`
		ParentID  string `json:"parent_id"`
	}
	if json.Unmarshal(bytes.TrimSpace(raw), &data) != nil || data.ChannelID.IsZero() {
		return fault.BadBody("channel_id", "the id of a channel that you are in")
	}
	if !s.hub.TypingIn(s.who.User, data.ChannelID, data.ParentID) {
		return fault.Forbidden()
	}
	return nil
}

// TypingIn tells a channel that the user is writing, if they are in it.
func (h *Hub) TypingIn(user, channel id.ID, parent string) bool {
	h.mu.RLock()
	_, member := h.channels[channel][user]
	h.mu.RUnlock()
	if !member {
		return false
	}
	if !h.Types() {
		return true
	}
	if _, err := id.Parse(parent); err != nil {
		parent = ""
	}
	h.Publish(Event{Name: Typing, Data: typing{ParentID: parent, UserID: user},
		To: wire.Broadcast{ChannelID: channel, OmitUsers: map[id.ID]bool{user: true}}})
	return true
}

// known are those who aren't offline.
func (h *Hub) known() []id.ID {
	h.board.mu.Lock()
	defer h.board.mu.Unlock()
	return slices.Collect(maps.Keys(h.board.users))
}

// statuses answers the presence of those of the users whom who asks may see.
func (s *socket) statuses(users []id.ID) (map[string]any, *fault.Error) {
	if s.hub.guest(s.who.User) {
		ctx, cancel := context.WithTimeout(context.Background(), writePatience)
		defer cancel()
		seen, err := s.hub.Seen(ctx, s.who.User, users)
		if err != nil {
			s.hub.Log.Warn("read whom a guest sees", "error", err.Error())
		}
		users = seen
	}
	return s.hub.statuses(users), nil
}

func (h *Hub) guest(user id.ID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	p := h.people[user]
	return p != nil && p.guest
}

func (h *Hub) statuses(users []id.ID) map[string]any {
	h.board.mu.Lock()
	defer h.board.mu.Unlock()
	out := make(map[string]any, len(users))
	for _, user := range users {
		out[user.String()] = h.board.status(user).Status
	}
	return out
}

func (s *socket) accept(seq int64, data map[string]any) {
	s.reply(wire.SocketReply{Status: "OK", SeqReply: seq, Data: data})
}

func (s *socket) refuse(seq int64, why *fault.Error) {
	s.reply(wire.SocketReply{Status: "FAIL", SeqReply: seq,
		Error: &wire.Error{ID: why.ID, Message: why.Message, StatusCode: why.Status}})
}
