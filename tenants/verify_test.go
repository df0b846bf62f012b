package tenants

import (
	"sync"
	"testing"
)

// Whoever verifies while the sealer goes on is not told of events that were sealed meanwhile as if somebody had added them.
func TestATrailThatGrowsMeanwhileHasNoFault(t *testing.T) {
	t.Parallel()
	tr := newTrail(t)
	over := make(chan struct{})
	var growing sync.WaitGroup
	growing.Go(func() {
		for {
			select {
			case <-over:
				return
			default:
				tr.write(1)
				tr.seal()
			}
		}
	})
	for range 100 {
		if r := tr.verify(); len(r.Faults) != 0 {
			t.Errorf("%q", r.Faults)
			break
		}
	}
	close(over)
	growing.Wait()
}
