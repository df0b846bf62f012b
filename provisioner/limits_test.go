package provisioner

import (
	"strconv"
	"testing"

	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

func TestServersAreToldLessMemoryThanTheyAreEndedFor(t *testing.T) {
	t.Parallel()
	env := workload.Env{}
	tellLimits(env)
	told, err := strconv.Atoi(env["GOMEMLIMIT"])
	if err != nil || told >= memoryLimit || told < memoryLimit/2 {
		t.Errorf("GOMEMLIMIT is %q of %d", env["GOMEMLIMIT"], memoryLimit)
	}
	if n, err := strconv.Atoi(env["GOMAXPROCS"]); err != nil || n < 2 || n > max(2, (cpuLimit+99)/100) {
		t.Errorf("GOMAXPROCS is %q", env["GOMAXPROCS"])
	}
}
