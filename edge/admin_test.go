package edge

import (
	"strings"
	"testing"
)

func TestTheEdgeTellsOfItsProcessAndItsBuild(t *testing.T) {
	t.Parallel()
	text := setup(t).admin("/metrics").body
	for _, name := range []string{"longhouse_build_info{", "process_resident_memory_bytes ", "process_open_fds ", "process_max_fds ", "process_cpu_seconds_total ", "go_goroutines "} {
		if !strings.Contains(text, "\n"+name) {
			t.Errorf("%s is missing", name)
		}
	}
}
