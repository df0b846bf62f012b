package process

import (
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/longhouse-dev/longhouse/internal/telemetry"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// againAndAgain is how many ends in a row make an instance one that does not come to work.
const againAndAgain = 3

// figures are those of an agent. No label names an instance or a workspace.
type figures struct {
	agent *Agent
	ends  *prometheus.CounterVec
}

// endings are all that there are.
var endings = []workload.Ending{workload.EndingNotStarted, workload.EndingByItself, workload.EndingOutOfMemory, workload.EndingBeyondALimit}

func newFigures(a *Agent) *figures {
	f := &figures{a, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "longhouse_instance_ends_total",
		Help: "Ends of instances that nobody asked for, and starts that came to nothing, by how."}, []string{"how"})}
	for _, how := range endings { // the first one is an increase too
		f.ends.WithLabelValues(string(how))
	}
	return f
}

// desk is what the agent answers about itself.
func (f *figures) desk() http.Handler {
	registry := telemetry.NewRegistry()
	registry.MustRegister(f, f.ends)
	return telemetry.Desk(registry)
}

// endingOf sorts an end; c is nil where nothing was started.
func endingOf(c *child, how string) workload.Ending {
	switch {
	case c == nil:
		return workload.EndingNotStarted
	case strings.Contains(how, "out of memory"):
		return workload.EndingOutOfMemory
	case c.verdict.Load() != nil:
		return workload.EndingBeyondALimit
	}
	return workload.EndingByItself
}

var (
	instancesNow     = prometheus.NewDesc("longhouse_instances", "Instances on this machine, by state.", []string{"state"}, nil)
	instancesFailing = prometheus.NewDesc("longhouse_instances_failing", "Instances that have ended or not started three times or more in a row.", nil, nil)
	isolationMissing = prometheus.NewDesc("longhouse_isolation_missing", "Borders between instances that this machine does not have.", nil, nil)
)

// Describe implements prometheus.Collector.
func (f *figures) Describe(to chan<- *prometheus.Desc) {
	to <- instancesNow
	to <- instancesFailing
	to <- isolationMissing
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(to chan<- prometheus.Metric) {
	states := map[workload.State]int{workload.StateStarting: 0, workload.StateRunning: 0, workload.StateBackoff: 0, workload.StateStopping: 0}
	failing := 0
	for _, in := range f.agent.all() {
		state, fails := in.condition()
		if state == workload.StateAbsent {
			continue
		}
		states[state]++
		if fails {
			failing++
		}
	}
	for state, n := range states {
		to <- prometheus.MustNewConstMetric(instancesNow, prometheus.GaugeValue, float64(n), string(state))
	}
	to <- prometheus.MustNewConstMetric(instancesFailing, prometheus.GaugeValue, float64(failing))
	to <- prometheus.MustNewConstMetric(isolationMissing, prometheus.GaugeValue, float64(len(f.agent.borders.Missing)))
}

// condition tells the state, and whether the instance ends again and again: one that has run for long enough does not.
func (in *instance) condition() (state workload.State, fails bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	steady := in.child != nil && in.agent.now().Sub(in.child.startedAt) >= steadyAfter
	return in.state, in.ends >= againAndAgain && !steady
}
