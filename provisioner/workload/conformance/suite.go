package conformance

import (
	"testing"
)

// Run checks every promise of workload.Host on engines of its own.
func Run(t *testing.T, newSubject func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		run  func(*testing.T, Subject)
	}{
		{"an unknown instance is absent", unknownIsAbsent},
		{"apply makes the instance serve", applyServes},
		{"an instance is ready when it says so itself", readyWhenItSaysSo},
		{"an instance that doesn't answer isn't ready, and nobody waits for it", readyNotWhenSilent},
		{"the same apply again changes nothing", applyTwice},
		{"the environment is what was described and where to listen", environment},
		{"a change replaces the process", changeReplaces},
		{"a higher generation of the same description keeps the process", sameKeeps},
		{"a lower generation is stale and changes nothing", staleApply},
		{"a change within a generation is refused", changeWithinGeneration},
		{"a bad description is refused and changes nothing", badDescription},
		{"remove leaves nothing and can be repeated", removeLeavesNothing},
		{"a stale remove is refused", staleRemove},
		{"a removed instance isn't resurrected by a late apply", lateApply},
		{"a removed instance may come back with a higher generation", comeBack},
		{"remove drains", removeDrains},
		{"remove kills what won't drain", removeKills},
		{"an instance that ends is started again", crashRestarts},
		{"list shows what is there", listShows},
		{"instances outlive the engine", outliveEngine},
		{"the engine's restart resurrects nothing", restartResurrectsNothing},
		{"the engine's restart keeps the generation", restartKeepsGeneration},
		{"an instance has a folder of its own, empty at each start", ownFolder},
		{"an instance gets at nothing of its neighbour's or the machine's", noIntrusion},
		{"an instance that makes its connections itself gets at nothing either", noIntrusionItself},
		{"an instance reaches what it was given", givenReach},
		{"an instance that makes its connections itself reaches what it was given", givenReachItself},
		{"an instance that takes too much memory is ended, told so, and started again", memoryBounded},
		{"an instance that forks without end is stopped at its limit", processesBounded},
		{"an instance that fills its disk is refused or ended, told so, and started again", diskBounded},
		{"an instance that takes every processor is slowed down to its share", cpuBounded},
		{"what an instance says is bounded", logBounded},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t, newSubject(t))
		})
	}
}
