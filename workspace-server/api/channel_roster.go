package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/channels"
	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/id"
	"github.com/longhouse-dev/longhouse/workspace-server/roles"
	"github.com/longhouse-dev/longhouse/workspace-server/store/dbsql"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

const (
	rosterBatch  = 100
	largestBatch = 1000
	longestPause = 10_000 // milliseconds
)

// managesMembers needs to be able to bring people into the channel of the address, and to remove them.
var managesMembers = manageChannel(roles.ManagePublicChannelMembers, roles.ManagePrivateChannelMembers)

// setChannelMembers makes a channel's members those that the body names, and says line by line what of that is done. Who may not be one,
// or can't leave, is named there and keeps nobody waiting.
func (a *API) setChannelMembers(r *Request) (Response, error) {
	in, err := decode[wire.SetChannelMembers](r)
	if err != nil {
		return Response{}, err
	}
	if in.Members == nil && in.ChannelAdmins == nil {
		return Response{}, fault.BadBody("members", "a list of ids of users")
	}
	size, err := r.Number("batch_size", rosterBatch)
	if err != nil || size < 1 || size > largestBatch {
		return Response{}, fault.BadURL("batch_size", "1 to 1000")
	}
	pause, err := r.Number("batch_delay_ms", 0)
	if err != nil || pause > longestPause {
		return Response{}, fault.BadURL("batch_delay_ms", "0 to 10000")
	}
	if in.ChannelAdmins != nil && !r.Channel.Allow(r.User.Roles, roles.ManageChannelRoles) {
		return Response{}, fault.Forbidden()
	}
	want, err := a.Channels.Roster(r.Context(), r.Channel.Channel, in.Members, in.ChannelAdmins)
	if err != nil {
		return Response{}, err
	}
	return Response{Write: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		w.WriteHeader(http.StatusOK)
		a.carryOut(w, r, want, size, time.Duration(pause)*time.Millisecond)
	}}, nil
}

// rosterStep is one kind of change, and where what is done of it is written down.
type rosterStep struct {
	users []id.ID
	do    func(user id.ID) error
	noted func(*wire.SetChannelMembersDone) *[]id.ID
}

func (a *API) steps(r *Request, want channels.Roster) []rosterStep {
	c := r.Channel.Channel
	admin := func(is bool) func(id.ID) error {
		return func(user id.ID) error { return a.Channels.SetAdmin(r.Context(), c.ID, user, is) }
	}
	return []rosterStep{
		{want.Remove, func(user id.ID) error {
			u, err := a.Users.Get(r.Context(), user)
			if err != nil {
				return err
			}
			return a.Channels.Remove(r.Context(), c, u, r.User)
		}, func(d *wire.SetChannelMembersDone) *[]id.ID { return &d.Removed }},
		{want.Add, func(user id.ID) error {
			u, err := a.Users.Get(r.Context(), user)
			if err == nil {
				_, err = a.Channels.Add(r.Context(), c, u, r.User)
			}
			return err
		}, func(d *wire.SetChannelMembersDone) *[]id.ID { return &d.Added }},
		{want.Promote, admin(true), func(d *wire.SetChannelMembersDone) *[]id.ID { return &d.Promoted }},
		{want.Demote, admin(false), func(d *wire.SetChannelMembersDone) *[]id.ID { return &d.Demoted }},
	}
}

// carryOut takes one batch after the other, until its client has gone. That can be hours: before each it is asked whether they still may.
func (a *API) carryOut(w http.ResponseWriter, r *Request, want channels.Roster, size int, pause time.Duration) {
	lines, line := json.NewEncoder(w), http.NewResponseController(w)
	first, refused := true, error(nil)
	for _, s := range a.steps(r, want) {
		for users := range slices.Chunk(s.users, size) {
			if !first && refused == nil {
				if !a.waited(r, pause) {
					return
				}
				refused = a.still(r, want)
			}
			if first = false; refused != nil {
				s.do = func(id.ID) error { return refused }
			}
			done := a.batch(r, s, users)
			if r.Context().Err() != nil || lines.Encode(done) != nil || line.Flush() != nil {
				return
			}
		}
	}
}

// still asks again who asks, and whether they may. Who leaves by what they ask for needs to be signed in.
func (a *API) still(r *Request, want channels.Roster) error {
	leaves := slices.Contains(want.Remove, r.User.ID) || slices.Contains(want.Demote, r.User.ID)
	r.Session, r.User = dbsql.Session{}, dbsql.User{}
	if err := a.authenticate(r, Route{}); err != nil {
		return err
	}
	if leaves {
		return signedIn(a, r)
	}
	if len(want.Promote)+len(want.Demote) > 0 {
		return inChannel(roles.ManageChannelRoles)(a, r)
	}
	return managesMembers(a, r)
}

// waited lets a pause pass, and says whether somebody still waits for the rest. A server that is about to end makes none.
func (a *API) waited(r *Request, pause time.Duration) bool {
	if a.draining.Load() {
		pause = 0
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (a *API) batch(r *Request, s rosterStep, users []id.ID) wire.SetChannelMembersDone {
	done := wire.SetChannelMembersDone{Added: []id.ID{}, Removed: []id.ID{}}
	for _, user := range users {
		err := s.do(user)
		if r.Context().Err() != nil {
			break // which is no failure, and nobody is there to be told of one
		}
		if err != nil {
			why := a.explain(r, err)
			done.Errors = append(done.Errors, wire.SetChannelMembersError{UserID: user, ID: why.ID, Error: why.Message})
			continue
		}
		list := s.noted(&done)
		*list = append(*list, user)
	}
	return done
}
