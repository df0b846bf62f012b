package controlplane

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/longhouse-dev/longhouse/tenants"
)

var invariantChecks = flag.Int("invariant.checks", 20_000, "how many answers of edges are judged")

// chapter is what a workspace's visitors should find between two changes.
type chapter struct {
	let   [addresses]bool
	state tenants.RouteState
}

// finds reports whether an answer is right for a client in this chapter. Who isn't let in learns nothing of what is there.
func (c chapter) finds(client int, answer string) bool {
	switch {
	case c.state == tenants.Gone:
		return answer == "unknown_host"
	case !c.let[client]:
		return answer == "address_denied"
	case c.state == tenants.Halted:
		return answer == "stopped"
	}
	return answer == "served"
}

// story is all that has become of a workspace, and how much of it each edge has confirmed.
type story struct {
	*house
	version int64 // of its filter

	mu        sync.Mutex
	chapters  []chapter
	confirmed []int // by edge: the newest chapter
}

func (s *story) at(edge int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.confirmed[edge]
}

// since returns what may be true for an edge that had confirmed this chapter before it was asked.
func (s *story) since(chapter int) []chapter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.chapters[chapter:])
}

// world is some edges and some workspaces, and who changes them.
type world struct {
	*bundle
	rand    *rand.Rand
	edges   []*edgeNode
	stories []*story
	over    chan struct{}

	judged, silent, wrong atomic.Int64
}

// TestNobodyGetsPastAFilterAndNobodyIsKeptOut changes filters and routes at random, stops edges and cuts them off, while clients ask all the
// time. Each answer of each edge has to be right by the newest version that the edge had confirmed when it was asked, or by a newer one.
func TestNobodyGetsPastAFilterAndNobodyIsKeptOut(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	w := &world{bundle: setup(t), rand: rand.New(rand.NewPCG(seed, 1)), over: make(chan struct{})}
	for i := range 3 {
		w.edges = append(w.edges, w.edgeNode(fmt.Sprintf("edge-%d", i)))
	}
	for i := range 3 {
		first := chapter{state: tenants.Serving}
		for client := range first.let {
			first.let[client] = true
		}
		w.stories = append(w.stories, &story{house: w.house(fmt.Sprintf("house-%d", i)), chapters: []chapter{first}, confirmed: make([]int, len(w.edges))})
	}
	w.settle()
	var asking sync.WaitGroup
	for i := range 4 {
		asking.Go(func() { w.ask(rand.New(rand.NewPCG(seed, uint64(2+i)))) })
	}
	changes := w.changeAll()
	asking.Wait()
	t.Logf("%d answers judged over %d changes, %d without an answer that says anything", w.judged.Load(), changes, w.silent.Load())
	if w.wrong.Load() > 0 {
		t.Errorf("%d answers were wrong", w.wrong.Load())
	}
}

// changeAll makes changes until enough answers were judged, and at least as many as there are kinds of them.
func (w *world) changeAll() (changes int) {
	defer close(w.over)
	for w.judged.Load() < int64(*invariantChecks) || changes < 40 {
		w.change(changes)
		changes++
		if w.t.Failed() {
			break
		}
	}
	return changes
}

func (w *world) change(n int) {
	s := w.stories[w.rand.IntN(len(w.stories))]
	switch e := w.edges[w.rand.IntN(len(w.edges))]; {
	case n%20 == 9:
		e.stop()
		e.start()
	case n%20 == 14:
		e.line.hangUp()
		w.turn(w.stories[0])
		w.turn(w.stories[1])
		if w.rand.IntN(2) == 0 { // it comes back knowing only what it has on disk
			e.stop()
			e.start()
		}
		e.line.mend()
		w.settle()
	case n%3 == 0:
		w.move(s)
	default:
		w.turn(s)
	}
}

// turn gives a workspace another filter.
func (w *world) turn(s *story) {
	body := map[string]any{"version": s.version, "open": false, "force": true, "reason": "at random"}
	next := s.since(s.last())[0]
	var rules []map[string]any
	for client := range next.let {
		if next.let[client] = w.rand.IntN(2) == 0; next.let[client] {
			network := address(client)
			if w.rand.IntN(2) == 0 {
				network = "::ffff:" + network
			}
			rules = append(rules, map[string]any{"network": network})
		}
	}
	switch w.rand.IntN(6) {
	case 0:
		body["open"] = true
		for client := range next.let {
			next.let[client] = true
		}
	case 1:
		rules = []map[string]any{{"network": "127.0.0.12/30"}, {"network": "2001:db8::/32"}} // 12 to 15
		for client := range next.let {
			next.let[client] = 10+client >= 12 && 10+client <= 15
		}
	}
	if rules == nil {
		rules = []map[string]any{}
	}
	body["rules"] = rules
	chapter := s.begin(next)
	var saved struct {
		IPFilter struct {
			Version int64 `json:"version"`
		} `json:"ip_filter"`
		Edges struct {
			Behind []struct {
				Name string `json:"name"`
			} `json:"behind"`
		} `json:"edges"`
	}
	w.want(http.StatusOK, put, "/workspaces/"+s.workspace+"/ip-filter", s.token, body).into(w.t, &saved)
	s.version = saved.IPFilter.Version
	var behind []string
	for _, e := range saved.Edges.Behind {
		behind = append(behind, e.Name)
	}
	w.confirm(s, chapter, behind)
}

// move has a workspace served by its other instance, stopped, or gone, as its operations do.
func (w *world) move(s *story) {
	next := s.since(s.last())[0]
	next.state = []tenants.RouteState{tenants.Serving, tenants.Serving, tenants.Halted, tenants.Gone}[w.rand.IntN(4)]
	chapter := s.begin(next)
	w.await(s, chapter, s.route(next.state, w.rand.IntN(2)))
}

// settle waits until every edge has all there is.
func (w *world) settle() {
	for _, s := range w.stories {
		version, err := w.store.RouteVersion(w.t.Context())
		w.must(err)
		w.await(s, s.last(), version)
	}
}

func (w *world) await(s *story, chapter int, version int64) {
	w.t.Helper()
	told, err := w.server.awaitEdges(w.t.Context(), version)
	w.must(err)
	var names []string
	for _, e := range told.Behind {
		names = append(names, e.Name)
	}
	w.confirm(s, chapter, names)
}

func (s *story) begin(next chapter) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chapters = append(s.chapters, next)
	return len(s.chapters) - 1
}

func (s *story) last() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.chapters) - 1
}

func (w *world) confirm(s *story, chapter int, behind []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, e := range w.edges {
		if !slices.Contains(behind, e.name) {
			s.confirmed[i] = chapter
		}
	}
}

// ask has clients come from all addresses to all edges.
func (w *world) ask(r *rand.Rand) {
	for {
		select {
		case <-w.over:
			return
		default:
		}
		s, edge, client := w.stories[r.IntN(len(w.stories))], r.IntN(len(w.edges)), r.IntN(addresses)
		confirmed := s.at(edge)
		answer := w.edges[edge].answer(client, s.host)
		if answer == "" || answer == "starting" {
			w.silent.Add(1)
			continue
		}
		w.judged.Add(1)
		possible := s.since(confirmed)
		if !slices.ContainsFunc(possible, func(c chapter) bool { return c.finds(client, answer) }) {
			if w.wrong.Add(1) < 5 {
				w.t.Errorf("%s by %s from %s: %s; right were %+v", s.host, w.edges[edge].name, address(client), answer, possible)
			}
		}
	}
}

// answer returns what an edge said: served, or its reason. Empty is nothing, as from an edge that is not there.
func (n *edgeNode) answer(client int, host string) string {
	req, err := http.NewRequest(http.MethodGet, "http://"+n.listen+"/api/v4/system/ping", nil)
	if err != nil {
		return err.Error()
	}
	req.Host = host
	res, err := n.client[client].Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var said struct{ ID string }
	switch {
	case err != nil:
		return ""
	case res.StatusCode == http.StatusOK && string(body) == host:
		return "served"
	case json.Unmarshal(body, &said) != nil:
		return fmt.Sprintf("%d %.80s", res.StatusCode, body)
	}
	return strings.TrimSuffix(strings.TrimPrefix(said.ID, "longhouse.edge."), ".app_error")
}
