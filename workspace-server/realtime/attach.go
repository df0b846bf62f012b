package realtime

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

var errRooms = errors.New("the user's channels could not be read")

// attach gives the socket its stream. A client that gets no hello has missed nothing; a hello with another
// connection id tells it to fetch everything anew.
func (h *Hub) attach(s *socket) error {
	if h.resume(s) {
		return nil
	}
	st := &stream{id: id.New().String(), user: s.who.User, admin: s.who.Admin, socket: s}
	hello, err := encode(&Event{Name: Hello, Data: h.hello(st.id), To: wire.Broadcast{UserID: s.who.User, ConnectionID: st.id}})
	if err != nil {
		return err
	}
	s.setStream(st)
	return h.enrol(st, hello.forUser(s.who.User))
}

func (h *Hub) resume(s *socket) bool {
	h.mu.RLock()
	st := h.streams[s.wanted]
	h.mu.RUnlock()
	if st == nil || st.user != s.who.User {
		return false
	}
	s.setStream(st)
	replaced, ok := st.resume(s, s.expected)
	if !ok {
		s.setStream(nil)
		return false
	}
	if replaced != nil {
		replaced.cut()
	}
	s.wake()
	return true
}

func (s *socket) setStream(st *stream) {
	s.mu.Lock()
	s.stream = st
	s.mu.Unlock()
}

// enrol makes the stream hear its user's events, after the hello and from it on: what a client fetches once it has been
// greeted and what it hears then leave no gap.
func (h *Hub) enrol(st *stream, hello frame) error {
	for {
		p, err := h.enter(st.user)
		if err != nil {
			return err
		}
		h.mu.Lock()
		current := h.people[st.user] == p // else they left while we waited
		if current {
			st.put(Hello, hello)
			p.streams[st] = struct{}{}
			h.streams[st.id] = st
		}
		h.mu.Unlock()
		if current {
			return nil
		}
	}
}

// enter finds a person, or makes one and reads their rooms once for all who wait.
func (h *Hub) enter(user id.ID) (*person, error) {
	h.mu.Lock()
	if p := h.people[user]; p != nil {
		h.mu.Unlock()
		<-p.loading
		return p, nil
	}
	p := &person{user: user, streams: map[*stream]struct{}{}, loading: make(chan struct{}),
		channels: map[id.ID]struct{}{}, teams: map[id.ID]struct{}{}}
	h.people[user] = p
	h.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), writePatience)
	defer cancel()
	rooms, err := h.RoomsOf(ctx, user)
	h.mu.Lock()
	defer h.mu.Unlock()
	defer close(p.loading)
	if h.people[user] != p { // all begin anew, and what was read may be older than that
		return p, nil
	}
	if err != nil {
		delete(h.people, user)
		return nil, errors.Join(errRooms, err)
	}
	p.guest = rooms.Guest
	for _, c := range rooms.Channels {
		p.channels[c] = struct{}{}
		h.channels.add(c, p)
	}
	for _, t := range rooms.Teams {
		p.teams[t] = struct{}{}
		h.teams.add(t, p)
	}
	for _, apply := range p.missed {
		apply()
	}
	p.missed = nil
	return p, nil
}

// detach leaves the stream behind for a while, so that its client can come back to it.
func (h *Hub) detach(s *socket, st *stream) {
	if !st.leave(s, h.Now()) {
		return
	}
	if !h.connected(st.user) {
		h.gone(st.user)
	}
	time.AfterFunc(keepStreams+time.Second, func() { h.forget(st) })
}

func (h *Hub) forget(st *stream) {
	if !st.expired(h.Now()) {
		return
	}
	if back := h.drop(st); back != nil { // in this moment
		back.cut()
	}
}

// drop ends a stream for good, and answers who is connected to it; a person without streams is forgotten with their rooms.
func (h *Hub) drop(st *stream) *socket {
	sock := st.end()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.unlist(st)
	return sock
}

// unlist needs the lock.
func (h *Hub) unlist(st *stream) {
	delete(h.streams, st.id)
	p := h.people[st.user]
	if p == nil {
		return
	}
	if _, theirs := p.streams[st]; !theirs { // it was forgotten before, and they have come back since
		return
	}
	if delete(p.streams, st); len(p.streams) == 0 {
		h.remove(p)
	}
}

// remove needs the lock.
func (h *Hub) remove(p *person) {
	delete(h.people, p.user)
	for c := range p.channels {
		h.channels.remove(c, p.user)
	}
	for t := range p.teams {
		h.teams.remove(t, p.user)
	}
}

func (h *Hub) connected(user id.ID) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if p := h.people[user]; p != nil {
		for st := range p.streams {
			if st.current() != nil {
				return true
			}
		}
	}
	return false
}

// EndSession cuts the sockets of a session that was signed out or revoked, and lets nobody resume them.
func (h *Hub) EndSession(sessions ...id.ID) {
	if len(sessions) > 0 {
		h.cutSessions(sessions)
		h.tell(Echo{Ended: sessions})
	}
}

func (h *Hub) cutSessions(sessions []id.ID) {
	ended := map[id.ID]bool{}
	for _, s := range sessions {
		ended[s] = true
	}
	for _, st := range h.all() {
		if sock := st.current(); sock != nil && ended[sock.who.Session] {
			h.drop(st)
			sock.cut()
		}
	}
}

// Drain asks every client to come back, spread over the given time so that they don't all come at once.
func (h *Hub) Drain(ctx context.Context, over time.Duration) {
	var socks []*socket
	for _, st := range h.all() {
		if sock := st.current(); sock != nil {
			socks = append(socks, sock)
		}
	}
	askBack(ctx, socks, over, "the server restarts")
}

type hello struct {
	ServerVersion  string `json:"server_version"`
	ConnectionID   string `json:"connection_id"`
	ServerHostname string `json:"server_hostname"`
}

func (h *Hub) hello(connection string) hello {
	host, _ := os.Hostname()
	return hello{ServerVersion: h.Version(), ConnectionID: connection, ServerHostname: host}
}
