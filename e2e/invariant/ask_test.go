package invariant

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

const (
	askers = 16
	breath = 5 * time.Millisecond
)

// ways are what clients ask for, most often the first.
var ways = []string{"/api/v4/system/ping", "/api/v4/config/client?format=old", "/api/v4/users/me", "/", "/hooks/abcdefghijklmnopqrstuvwxyz", "/static/main.js"}

// question is what a client asks an edge, and what was true before it did.
type question struct {
	h        *house
	e        *entrance
	client   int
	byDomain bool
	host     string
	way      string

	filter, stands, served, fenced int
	witness                        witness
	trouble                        int64
}

func (w *world) question(r *rand.Rand) *question {
	q := &question{h: w.houses()[r.IntN(1+lives)], e: w.entrances[r.IntN(edges)], client: r.IntN(addresses), way: ways[0]}
	if _, now := q.h.stands.last(); now == gone && r.IntN(8) > 0 {
		q.h = w.steady
	}
	if r.IntN(40) == 0 {
		q.h = w.grave(r, q.h)
	}
	if r.IntN(8) == 0 {
		q.way = ways[r.IntN(len(ways))]
	}
	q.host = q.h.host
	_, served := q.h.served.last()
	if q.byDomain = r.IntN(30) == 0 || served && r.IntN(2) == 0; q.byDomain {
		q.host = q.h.domain
	}
	switch r.IntN(20) {
	case 0:
		q.host = strings.ToUpper(q.host)
	case 1:
		q.host += "."
	}
	return q
}

func (q *question) look() {
	n := q.e.number
	q.filter, q.stands, q.served, q.fenced = q.h.filter.at(n), q.h.stands.at(n), q.h.served.at(n), q.e.fenced.at(n)
	q.witness, q.trouble = q.e.witness(), q.h.trouble.Load()
}

func (q *question) mayBeLet() bool {
	return q.h.filter.may(q.filter, func(l lets) bool { return l[q.client] })
}

// askAll has clients come from all addresses to all edges until the end.
func (w *world) askAll(r *rand.Rand) {
	for !w.ended(w.silence) {
		w.pose(w.question(r), r)
	}
}

func (w *world) pose(q *question, r *rand.Rand) {
	if !q.h.round.TryRLock() {
		w.pause(breath)
		return
	}
	defer q.h.round.RUnlock()
	if q.look(); q.mayBeLet() {
		if !q.h.visits.TryRLock() {
			w.pause(time.Millisecond)
			return // nobody shall wake it just now
		}
		defer q.h.visits.RUnlock()
	}
	answer, whole := q.put(r)
	if w.judge(q, answer, whole); answer == "" {
		w.pause(breath)
	}
}

// forged are headers by which somebody could want to be somebody else.
var forged = []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "True-Client-Ip", "X-Longhouse-Client"}

// put asks, and returns what came of it in a word, and in full.
func (q *question) put(r *rand.Rand) (answer, whole string) {
	req, err := http.NewRequest(http.MethodGet, "http://"+q.e.listen+q.way, nil)
	q.h.w.check(err)
	req.Host = q.host
	if r.IntN(4) == 0 {
		req.Header.Set(forged[r.IntN(len(forged))], address(r.IntN(addresses)))
	}
	if r.IntN(100) == 0 {
		req.Close = true
	}
	res, err := q.e.client[q.client].Do(req)
	if err != nil {
		return "", err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "", err.Error()
	}
	whole = fmt.Sprintf("%d %.300s", res.StatusCode, body)
	if answer = refusal(body); answer != "" && res.StatusCode < http.StatusBadRequest {
		return "a refusal that is none", whole
	}
	if answer != "" {
		return answer, whole
	}
	if res.StatusCode >= http.StatusInternalServerError || q.way == ways[0] && res.StatusCode != http.StatusOK || q.way == ways[1] && !q.names(body) {
		return "broken", whole
	}
	return "served", whole
}

// names reports whether what a workspace says of itself is of this one.
func (q *question) names(body []byte) bool {
	var config struct{ SiteURL string }
	return json.Unmarshal(body, &config) == nil && (strings.Contains(config.SiteURL, "//"+q.h.host+":") || strings.Contains(config.SiteURL, "//"+q.h.domain+":"))
}

// refusals are what edges say in words, where they don't name the error.
var refusals = map[string]string{"is not allowed to reach this workspace": "address_denied", "There is no workspace at this address": "unknown_host",
	"This workspace is stopped": "stopped", "This workspace is being deleted": "stopped", "The service is starting": "starting", "This way in is out of service": "fenced",
	"The workspace is waking up": "waking", "The workspace is not answering": "unreachable", "The service is restarting": "draining", "Too many connections": "full"}

// refusal is the word for what an edge refused with; empty where it is no edge's.
func refusal(body []byte) string {
	var named struct{ ID string }
	if json.Unmarshal(body, &named) == nil {
		if word, ok := strings.CutPrefix(named.ID, "longhouse.edge."); ok {
			return strings.TrimSuffix(word, ".app_error")
		}
		return ""
	}
	for words, word := range refusals {
		if len(body) < 1000 && strings.Contains(string(body), words) {
			return word
		}
	}
	return ""
}
