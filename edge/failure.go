package edge

import "net/http"

// Failures that are no refusals.
const (
	answeredBadly = "instance"   // it answered that it failed
	brokeOff      = "broken_off" // it ended in the midst of its answer
)

// failureReasons are all of them, so that none is first told of when it has happened: nobody could ask for its change.
var failureReasons = []string{answeredBadly, brokeOff, starting.reason, notWoken.reason, unreachable.reason, crowded.reason, tooSlow.reason}

// failure says through which fault, of ours or of the instance, a request came to nothing; empty: through none. Nobody is at fault
// where a workspace is out of service, a client hung up, or the protocol has more than the instance does.
func (x *exchange) failure() string {
	switch {
	case x.fault:
		return x.refused
	case x.refused != "" || x.tunnel:
		return ""
	case x.w.status >= http.StatusInternalServerError && x.w.status != http.StatusNotImplemented:
		return answeredBadly
	case !x.finished && !x.w.left && x.r.Context().Err() == nil:
		return brokeOff
	}
	return ""
}
