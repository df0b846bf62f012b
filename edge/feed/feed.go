// Package feed owns the wire between the control plane and its edges: what a route is, and the lines of the stream
// that carries routes. It never decides what is routed where, and never opens a connection.
//
// An edge sends GET {control}/edge/v1/routes?since=V&history=H&edge=E&lease=L&name=N with `Authorization: Bearer TOKEN`. V is the newest
// version it holds, H the history of its snapshot; an edge that holds nothing leaves both out. E, L and N say who it is, see Identity. The
// answer is 200, application/x-ndjson, one Message a line, each flushed: a heartbeat first, that says which version of which history is the
// newest; then a snapshot, unless the server knows V of H and can send the changes after it instead; then changes as they happen and a
// heartbeat every HeartbeatEvery. To a fenced edge it is 403 with FencedHeader.
//
// What it has put in force the edge says by POST {control}/edge/v1/confirmations with a Confirmation.
package feed

import "time"

const (
	// Path is where the control plane serves the stream.
	Path = "/edge/v1/routes"
	// SinceParam is the query parameter that holds the newest version the edge knows, in decimal.
	SinceParam = "since"
	// HistoryParam is the query parameter that holds the history that this version is of.
	HistoryParam = "history"
	// ContentType of the stream.
	ContentType = "application/x-ndjson"
	// HeartbeatEvery is how often the control plane speaks when it has nothing to say.
	HeartbeatEvery = 5 * time.Second
	// SilenceLimit is how long an edge waits for any line before it takes the stream for dead and connects again.
	SilenceLimit = 15 * time.Second
)

// Kind says what a Message holds.
type Kind string

const (
	// KindSnapshot replaces everything the edge knows, even when its version is lower.
	KindSnapshot Kind = "snapshot"
	// KindChange replaces one workspace's route; a version that the edge already has is ignored.
	KindChange Kind = "change"
	// KindHeartbeat says only that the stream is alive and which version the control plane is at: whoever holds less is behind.
	KindHeartbeat Kind = "heartbeat"
)

// Message is one line of the stream.
type Message struct {
	Type       Kind    `json:"type"`
	Version    int64   `json:"version"`
	History    string  `json:"history,omitempty"`     // of a snapshot, and of the first heartbeat: what versions count; another one after a restore
	BaseDomain string  `json:"base_domain,omitempty"` // snapshot only
	Routes     []Route `json:"routes,omitempty"`      // snapshot only
	Route      *Route  `json:"route,omitempty"`       // change only
}

// State says what an edge does with requests for a workspace.
type State string

const (
	// StateServing hands requests to the upstream.
	StateServing State = "serving"
	// StateAsleep holds requests until the route is another one, and asks the control plane to wake the workspace.
	StateAsleep State = "asleep"
	// StateStopped answers 503 with the route's message.
	StateStopped State = "stopped"
	// StateGone removes the route; its hosts answer like hosts that never existed.
	StateGone State = "gone"
)

// Route is everything an edge knows about one workspace.
type Route struct {
	WorkspaceID string `json:"workspace_id"` // ws_...
	Version     int64  `json:"version"`      // of the change that last touched this route
	// Hosts are full lower-case names without a port. A host belongs to one route: the newer claim wins.
	Hosts []string `json:"hosts"`
	// PrimaryHost is the one of Hosts that browsers are sent to which come to another; empty: they are sent nowhere.
	PrimaryHost string `json:"primary_host,omitempty"`
	State       State  `json:"state"`
	// Plan is that of the workspace's tenant, which says how much may come; empty: nobody said.
	Plan     string   `json:"plan,omitempty"`
	Upstream Upstream `json:"upstream"` // where the instance listens; needed only while serving
	// Message is the reason, readable by anybody, why a stopped workspace doesn't serve.
	Message string `json:"message,omitempty"`
	// PolicyVersion is the version of the workspace's IP filter; 0 means that it never had one, and everybody is let in.
	PolicyVersion int64 `json:"policy_version"`
	// Filter is the IP filter at PolicyVersion. A route that has a version and no filter lets nobody in.
	Filter *Filter `json:"filter,omitempty"`
}

// Filter says from where a workspace may be reached.
type Filter struct {
	// Open lets everybody in: the filter is switched off. Without it nobody is let in whom no rule names.
	Open  bool   `json:"open,omitempty"`
	Rules []Rule `json:"rules,omitempty"`
	// Exceptions let some in whom no rule does. An edge that doesn't know of them lets in fewer.
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Exception lets one network in for one purpose, by a token.
type Exception struct {
	For     string   `json:"for"`     // a purpose, see edge/ipfilter
	Network string   `json:"network"` // as internal/cidr shows it
	Tokens  []string `json:"tokens"`  // SHA-256 in hexadecimal of each that is good
	// Until is when the exception ends by itself; nil is never.
	Until *time.Time `json:"until,omitempty"`
}

// Rule lets one network in.
type Rule struct {
	ID      string `json:"id"`      // ipr_...
	Network string `json:"network"` // as internal/cidr shows it
	// Until is when the rule ends by itself, without another version; nil is never. What it let in is cut off then.
	Until *time.Time `json:"until,omitempty"`
}

// Upstream is the listener of a workspace's instance.
type Upstream struct {
	Network string `json:"network"` // "unix"
	Address string `json:"address"` // absolute path of the socket
}
