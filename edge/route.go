package edge

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/edge/ipfilter"
)

// maxSocketPath is what sockaddr_un holds, less the terminating zero.
const maxSocketPath = 107

// Route is a workspace's route as the edge uses it. It is immutable. Its IP filter is in rules, and nowhere else.
type Route struct {
	feed.Route
	rules    rules
	upstream *upstream // nil unless serving
	budget   *budget   // the workspace's, over all its routes
	pace     *pace     // the same
	door     *door     // likewise

	changed chan struct{} // closed when another route is in force; nil unless asleep
}

// newRoute takes what is usable of r. A route whose upstream makes no sense is stopped rather than dropped or trusted,
// so that one bad line costs one workspace, and the caller gets the reason to log.
func newRoute(r feed.Route) (*Route, error) {
	if r.WorkspaceID == "" {
		return nil, fmt.Errorf("route without a workspace id")
	}
	var problem error
	r.Hosts = slices.Clone(r.Hosts)
	r.Hosts = slices.DeleteFunc(r.Hosts, func(host string) bool {
		canonical, err := canonicalHost(host)
		if err != nil || canonical != host {
			problem = fmt.Errorf("route of %s: host %.80q is not a lower-case host name without a port", r.WorkspaceID, host)
			return true
		}
		return false
	})
	if r.PrimaryHost != "" && !slices.Contains(r.Hosts, r.PrimaryHost) {
		problem = errors.Join(problem, fmt.Errorf("route of %s: primary host %.80q is none of its hosts", r.WorkspaceID, r.PrimaryHost))
		r.PrimaryHost = ""
	}
	filter, unusable := ipfilter.Usable(r.Filter)
	rules, unkept := keepRules(filter)
	if err := errors.Join(unusable, unkept); err != nil {
		problem = errors.Join(problem, fmt.Errorf("route of %s: %w", r.WorkspaceID, err))
	}
	r.Filter = nil
	route, err := made(r, rules)
	return route, errors.Join(problem, err)
}

// made returns the route for what was found usable.
func made(r feed.Route, rules rules) (*Route, error) {
	route := &Route{Route: r, rules: rules}
	var problem error
	switch r.State {
	case feed.StateStopped, feed.StateGone:
		return route, nil
	case feed.StateAsleep:
		route.changed = make(chan struct{})
		return route, nil
	case feed.StateServing:
		if problem = checkUpstream(r.Upstream); problem == nil {
			route.upstream = newUpstream(r.Upstream.Address)
			return route, nil
		}
	default:
		problem = fmt.Errorf("state %.40q; allowed are serving, asleep, stopped and gone", r.State)
	}
	route.State, route.Upstream, route.Message = feed.StateStopped, feed.Upstream{}, ""
	return route, fmt.Errorf("route of %s: %w", r.WorkspaceID, problem)
}

func checkUpstream(u feed.Upstream) error {
	if u.Network != "unix" {
		return fmt.Errorf("upstream network %.40q; allowed is unix", u.Network)
	}
	if !filepath.IsAbs(u.Address) || filepath.Clean(u.Address) != u.Address || len(u.Address) > maxSocketPath {
		return fmt.Errorf("upstream address %.120q; allowed is an absolute, clean path of at most %d bytes",
			u.Address, maxSocketPath)
	}
	return nil
}

// inherit carries what the workspace has over from the route that r replaces, if there is one, and the connections when the
// instance is the same. The IP filter of r is in force from here on.
func (r *Route) inherit(old *Route, now func() time.Time, t *tallies) {
	if old == nil {
		r.budget, r.pace, r.door = &budget{}, &pace{}, &door{now: now, workspace: r.WorkspaceID, tallies: t}
		r.door.obey(r)
		return
	}
	r.budget, r.pace, r.door = old.budget, old.pace, old.door
	r.door.obey(r)
	if old.upstream != nil && r.upstream != nil && old.upstream.address == r.upstream.address {
		r.upstream = old.upstream
		return
	}
	old.release()
}

// release lets go of the connections of a route, if there is one, that is no longer in force.
func (r *Route) release() {
	if r != nil && r.upstream != nil {
		r.upstream.retire()
	}
}

// end is for the last route of a workspace, if it has one.
func (r *Route) end() {
	if r != nil {
		r.release()
		r.door.shut()
	}
}

// replaced tells those who wait for it that r, if there was a route, is not in force any more.
func (r *Route) replaced() {
	if r != nil && r.changed != nil {
		close(r.changed)
	}
}

// without returns r less one host, which a newer route has taken.
func (r *Route) without(host string) *Route {
	less := *r
	less.Hosts = slices.DeleteFunc(slices.Clone(r.Hosts), func(h string) bool { return h == host })
	if less.PrimaryHost == host {
		less.PrimaryHost = ""
	}
	return &less
}
