package provisioner

import (
	"strconv"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// tellLimits tells a server written in Go what it has, in its runtime's own variables: it can't see its groups. It
// collects harder before it would be ended for lack of memory, and has no more threads at work than it gets processors.
func tellLimits(env workload.Env) {
	const share = memoryLimit - memoryLimit/8 // the rest is for what the runtime doesn't count
	env["GOMEMLIMIT"] = strconv.Itoa(share)
	env["GOMAXPROCS"] = strconv.Itoa(max(2, (cpuLimit+99)/100)) // two at least, so that collecting and answering overlap
}
