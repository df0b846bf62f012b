// Package attack is what a hostile program tries: each attack is a function that reports what it got through. Tests run
// it where an instance runs, to see that the borders hold. It is harmless where they don't: what it reaches it only
// touches. No program that is shipped contains it.
package attack

import (
	"fmt"
	"maps"
	"slices"
)

// Aim is what an attack is directed at: everything of others.
type Aim struct {
	Own       string   `json:"own"`       // the attacker's own folder, in which it may write
	Files     []string `json:"files"`     // files of others
	Folders   []string `json:"folders"`   // folders of others
	Sockets   []string `json:"sockets"`   // unix sockets that aren't for it
	Doors     []string `json:"doors"`     // unix sockets that are open to everybody
	Abstract  []string `json:"abstract"`  // names of abstract unix sockets of others
	Addresses []string `json:"addresses"` // host:port of others
	PIDs      []int    `json:"pids"`      // processes of others
	Most      int64    `json:"most"`      // where an attack that takes as much as it can stops by itself: bytes, processes, connections, locks, milliseconds
	Seconds   int      `json:"seconds"`   // for how long one that holds what it takes does so
	Database  string   `json:"database"`  // where its own database and its store are: host:port, or a unix socket
	Store     string   `json:"store"`
	Role      string   `json:"role"`   // in its database
	Source    string   `json:"source"` // the URL of its database, with the role's password
}

// Try is one thing that an attack tried.
type Try struct {
	What    string `json:"what"`
	Through bool   `json:"through"` // it got what it isn't meant to have
	Got     string `json:"got"`     // the refusal, or what came of it
}

var attacks = map[string]func(Aim) []Try{
	"read":      readFiles,
	"write":     writeFiles,
	"link":      throughLinks,
	"proc":      readProcesses,
	"signal":    signalProcesses,
	"trace":     traceProcesses,
	"connect":   connectPorts,
	"dial":      dialSockets,
	"abstract":  dialAbstract,
	"listen":    listenPorts,
	"socket":    openSockets,
	"reach":     reachOut,
	"namespace": makeNamespaces,
	"clone3":    makeByClone3,
	"call":      makeCalls,
	"run":       runPrograms,
	"memory":    takeMemory,
	"fork":      fork,
	"disk":      fillDisk,
	"log":       floodLog,
	"spin":      spin,

	"dbconnections":    floodDatabase,
	"storeconnections": floodStore,

	"sqlmemory": takeMemoryBySQL,
	"sqltemp":   spillBySQL,
	"sqllocks":  takeLocksBySQL,
	"sqlspin":   spinBySQL,
}

// Run makes one attack.
func Run(name string, aim Aim) ([]Try, error) {
	run, ok := attacks[name]
	if !ok {
		return nil, fmt.Errorf("attack %q: allowed are %q", name, slices.Sorted(maps.Keys(attacks)))
	}
	return run(aim), nil
}

// Intrusions are the attacks that reach for what is others', Outreaches those of them that only a program withstands that
// makes no socket itself, Exhaustions those that take more than their share.
var (
	Outreaches  = []string{"reach"}
	Intrusions  = []string{"read", "write", "link", "proc", "signal", "trace", "connect", "dial", "abstract", "listen", "socket", "namespace", "call", "run"}
	Exhaustions = []string{"fork", "disk", "log", "spin", "memory", "dbconnections", "storeconnections", "sqlmemory", "sqltemp", "sqllocks", "sqlspin"}
)

// tried is got through when there was no error.
func tried(err error, format string, args ...any) Try {
	t := Try{What: fmt.Sprintf(format, args...), Through: err == nil, Got: "done"}
	if err != nil {
		t.Got = err.Error()
	}
	return t
}
