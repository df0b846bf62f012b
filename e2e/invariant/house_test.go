package invariant

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
)

// standing is what a workspace is to those who may come in.
type standing string

const (
	serving standing = "serving" // they are served, be it that they are held until it is awake
	halted  standing = "halted"  // they read that it is out of service
	gone    standing = "gone"    // there is nothing
)

// standings says what each state of a workspace is, once nothing is done to it.
var standings = map[string]standing{"running": serving, "hibernated": serving, "hibernating": serving, "waking": serving, "stopped": halted, "deleting": halted, "deleted": gone}

// lets says which clients may come in.
type lets [addresses]bool

// house is a workspace and what has become of it.
type house struct {
	w                      *world
	id, slug, token, email string
	host, domain           string

	filter *story[lets]
	stands *story[standing]
	served *story[bool] // by its domain
	trying sync.Mutex   // over its filter's versions
	latest int64

	// visits is held by whoever may wake it, and round by everybody who asks for it.
	visits, round  sync.RWMutex
	trouble        atomic.Int64 // odd while its instance was killed
	judged, denied atomic.Int64
}

// newHouse has somebody sign up.
func (w *world) newHouse() *house {
	n := w.signedUp.Add(1)
	h := &house{w: w, slug: fmt.Sprintf("house-%d", n)}
	h.email, h.host, h.domain = h.slug+"@example.com", h.slug+"."+w.base, fmt.Sprintf("chat-%d.example.com", n)
	var done struct {
		Token     string
		Workspace struct{ ID string }
		Operation operation
	}
	w.want(http.MethodPost, "/signup", "", map[string]string{"email": h.email, "password": rand.Text(), "tenant": "Tenant of " + h.slug, "slug": h.slug}, &done)
	h.id, h.token = done.Workspace.ID, done.Token
	h.awake()
	w.query("update persons set email_confirmed_at = now() where email = '" + h.email + "'")
	var all lets
	for client := range all {
		all[client] = true
	}
	h.filter, h.stands, h.served = newStory(all), newStory(gone), newStory(false)
	if w.steady == nil {
		w.steady = h
	}
	h.settle(serving) // edges that are away just now have not heard of it
	return h
}

// workspace is a workspace as its people see it.
type workspace struct {
	State string
	Wakes int
}

func (h *house) shown() (ws workspace) {
	h.w.want(http.MethodGet, "/workspaces/"+h.id, h.token, nil, &ws)
	return ws
}

// save gives it another filter, and returns which edges have confirmed that, and all that was before.
func (h *house) save(next lets, body map[string]any) (told [edges]bool) {
	h.trying.Lock()
	defer h.trying.Unlock()
	body["version"], body["force"], body["reason"] = h.latest, true, "at random"
	before, stopped := make([]witness, edges), make([]bool, edges)
	for i, e := range h.w.entrances {
		before[i], stopped[i] = e.witness(), e.stopped.Load()
	}
	place := h.filter.begin(next)
	var saved struct {
		IPFilter struct{ Version int64 } `json:"ip_filter"`
		Edges    *struct{ Behind []struct{ Name string } }
	}
	status, said := h.w.call(http.MethodPut, "/workspaces/"+h.id+"/ip-filter", h.token, body, &saved)
	if _, now := h.stands.last(); now == gone && status == http.StatusNotFound {
		return told
	}
	if status != http.StatusOK || saved.Edges == nil {
		if status != http.StatusOK && status != http.StatusConflict {
			h.w.fail("the filter of %s: %d %s", h.slug, status, said)
		}
		// It was saved, as far as anybody knows, before the control plane died.
		var now struct{ Version int64 }
		h.w.want(http.MethodGet, "/workspaces/"+h.id+"/ip-filter", h.token, nil, &now)
		h.latest = now.Version
		return told
	}
	h.latest = saved.IPFilter.Version
	behind := fmt.Sprint(saved.Edges.Behind)
	for i, e := range h.w.entrances {
		// Nobody waits for an edge that is fenced, nor for one that has said good-bye.
		trouble, _ := e.sick(before[i])
		told[i] = !trouble && !strings.Contains(behind, "{"+e.name+"}") && !e.fenced.may(e.fenced.at(i), func(f bool) bool { return f }) || stopped[i] && e.stopped.Load()
	}
	h.filter.confirm(told, place)
	return told
}

// settle has what an operation made of the workspace be true at all edges that can hear of it.
func (h *house) settle(now standing) {
	if _, was := h.stands.last(); was != now {
		h.stands.begin(now)
	}
	stands, _ := h.stands.last()
	served, _ := h.served.last()
	told := h.w.steady.turn() // whatever is saved now comes after it
	h.stands.confirm(told, stands)
	h.served.confirm(told, served)
}

// through has an operation done to it that leads to another standing.
func (h *house) through(method, verb string, may standing) {
	if _, was := h.stands.last(); was != may {
		h.stands.begin(may)
	}
	h.w.ask(h, method, verb)
	var state string
	h.w.until("rest for "+h.slug, func() error {
		state = h.shown().State
		if _, ok := standings[state]; !ok {
			return fmt.Errorf("it is %s", state)
		}
		return nil
	})
	h.settle(standings[state])
}

// heard waits until some more answers of it were judged.
func (h *house) heard(more int64) {
	h.w.grows("answers of "+h.slug, &h.judged, more)
}
