package invariant

import "math/rand/v2"

// turn gives a workspace another filter at random, and returns which edges have confirmed it.
func (h *house) turn() [edges]bool {
	h.w.dice.Lock()
	next, body := chance(h.w.rand)
	h.w.dice.Unlock()
	return h.save(next, body)
}

// chance is a filter, and whom it lets in.
func chance(r *rand.Rand) (next lets, body map[string]any) {
	rules := []map[string]any{}
	body = map[string]any{"open": false}
	switch r.IntN(6) {
	case 0:
		body["open"] = true
		for client := range next {
			next[client] = true
		}
	case 1:
		rules = append(rules, map[string]any{"network": "127.0.0.12/30"}, map[string]any{"network": "2001:db8::/32"})
		for client := range next {
			next[client] = client >= 2 && client <= 5
		}
	default:
		for client := range next {
			if next[client] = r.IntN(2) == 0; next[client] {
				rules = append(rules, map[string]any{"network": []string{"", "::ffff:"}[r.IntN(2)] + address(client)})
			}
		}
	}
	body["rules"] = rules
	return next, body
}

// half lets one half of the clients in.
func half() (next lets, body map[string]any) {
	var rules []map[string]any
	for client := range next {
		if next[client] = client%2 == 0; next[client] {
			rules = append(rules, map[string]any{"network": address(client)})
		}
	}
	return next, map[string]any{"open": false, "rules": rules}
}

// turnAll changes filters until the end, but of who is being watched for whether it sleeps on.
func (w *world) turnAll(r *rand.Rand) {
	for !w.ended(w.over) {
		if !w.houses()[r.IntN(1+lives)].turnAwake() {
			w.pause(breath)
		}
	}
}

// turnAwake changes its filter, unless it is being watched. A turn that fails ends its goroutine, and must not keep the lock.
func (h *house) turnAwake() bool {
	if !h.visits.TryRLock() {
		return false
	}
	defer h.visits.RUnlock()
	if _, now := h.stands.last(); now != gone {
		h.turn()
		h.w.count("filters", 1)
	}
	return true
}
