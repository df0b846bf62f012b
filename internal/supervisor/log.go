package supervisor

import (
	"time"

	"github.com/longhouse-dev/longhouse/internal/logfile"
)

// bound keeps the child's log short for as long as the child is kept.
func (s *Supervisor) bound(k *kept) {
	tick := time.NewTicker(s.every)
	defer tick.Stop()
	for {
		select {
		case <-k.done:
			return
		case <-tick.C:
		}
		if err := logfile.Rotate(k.Spec.LogFile, logfile.Default); err != nil {
			s.log.Warn("log can't be bounded", "child", k.Name, "error", err)
		}
	}
}
