package workload

import "time"

// State is what an engine sees of an instance.
type State string

const (
	// StateAbsent: unknown, or removed and nothing of it is left.
	StateAbsent State = "absent"
	// StateStarting: accepted, no process yet.
	StateStarting State = "starting"
	// StateRunning: the process of this generation's description runs; Ready says whether it answers.
	StateRunning State = "running"
	// StateBackoff: it ended or couldn't be started, and is tried again after a while; LastExit says why.
	StateBackoff State = "backoff"
	// StateStopping: it drains before its removal or replacement, or the machine is being stopped.
	StateStopping State = "stopping"
)

// Ending is how an instance ended that nobody had asked to.
type Ending string

const (
	// EndingNotStarted: it could not even be started.
	EndingNotStarted Ending = "not_started"
	// EndingByItself: its process ended.
	EndingByItself Ending = "by_itself"
	// EndingOutOfMemory: it was ended because it took more memory than its limit.
	EndingOutOfMemory Ending = "out_of_memory"
	// EndingBeyondALimit: it was ended because of another limit.
	EndingBeyondALimit Ending = "beyond_a_limit"
)

// Observed is an instance as it is.
type Observed struct {
	ID          string    `json:"id"`
	Generation  int64     `json:"generation"` // of the last Apply or, when absent, of the Remove; 0 when unknown
	State       State     `json:"state"`
	Ready       bool      `json:"ready"` // it runs and answers GET /api/v4/system/ping with 200
	PID         int       `json:"pid"`   // 0 unless a process runs
	StartedAt   time.Time `json:"started_at,omitzero"`
	Restarts    int       `json:"restarts"`     // since the generation was applied
	LastExit    string    `json:"last_exit"`    // for humans; empty while it never ended
	Ending      Ending    `json:"ending"`       // what LastExit tells, where nobody had asked for it; else empty
	Socket      string    `json:"socket"`       // where the edge reaches it
	AdminSocket string    `json:"admin_socket"` // where the control plane reaches it
	Folder      string    `json:"folder"`       // what TMPDIR names, where the engine has it on a machine; else empty
}
