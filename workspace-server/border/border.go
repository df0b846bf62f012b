// Package border tries whether this server can get at what belongs to another workspace, from where a break-in would: in
// its own process, with its own user, credentials and rules. It changes nothing, and answers what it met, never what it
// found.
package border

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/workspace-server/config"
)

// Target is what belongs to the other workspace. What is empty is not tried.
type Target struct {
	Database string `json:"database"` // its name
	Bucket   string `json:"bucket"`
	Socket   string `json:"socket"` // path of the socket on which its server listens
	File     string `json:"file"`   // path of a file or folder of its server
	Process  int    `json:"process"`
	Network  string `json:"network"` // host:port of something that answers, and is not meant for workspaces
}

// Outcome is what a try met.
type Outcome string

const (
	// Held: a rule refused it.
	Held Outcome = "held"
	// Crossed: nothing did.
	Crossed Outcome = "crossed"
	// Unclear: it failed for another reason, so that nothing is known.
	Unclear Outcome = "unclear"
)

// Tried is one try.
type Tried struct {
	Border  string  `json:"border"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"` // what was met, in few words
}

// within is how long one try may take.
const within = 5 * time.Second

// Try makes every try that the target allows, one after the other.
func Try(ctx context.Context, own config.Settings, target Target) []Tried {
	list := []Tried{}
	for _, t := range []struct {
		border string
		given  bool
		try    func(context.Context) (Outcome, string)
	}{
		{"database", target.Database != "", func(ctx context.Context) (Outcome, string) { return database(ctx, own, target.Database) }},
		{"bucket", target.Bucket != "", func(ctx context.Context) (Outcome, string) { return bucket(ctx, own, target.Bucket) }},
		{"socket", target.Socket != "", func(ctx context.Context) (Outcome, string) { return connection(ctx, own, "unix", target.Socket) }},
		{"file", target.File != "", func(context.Context) (Outcome, string) { return file(target.File) }},
		{"process", target.Process != 0, func(context.Context) (Outcome, string) { return process(target.Process) }},
		{"network", target.Network != "", func(ctx context.Context) (Outcome, string) { return connection(ctx, own, "tcp", target.Network) }},
	} {
		if !t.given {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, within)
		outcome, detail := t.try(limited)
		cancel()
		list = append(list, Tried{t.border, outcome, detail})
	}
	return list
}
