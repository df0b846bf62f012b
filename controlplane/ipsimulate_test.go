package controlplane

import (
	"net/http"
	"testing"
)

func init() {
	wishes["simulate-ip-filter"] = func(b *bundle) wish {
		done := b.signUp("engines")
		b.finish(done.Operation.ID)
		return wish{"/workspaces/" + done.Workspace.ID + "/ip-filter/simulate", done.Token, simulated("127.0.0.0/8")}
	}
}

func simulated(networks ...string) SimulateIPFilterBody {
	return SimulateIPFilterBody{Rules: closedTo(0, networks...).Rules}
}

func TestASimulationOfAnIPFilterNamesWhoWouldBeCutOff(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	at := "/workspaces/" + done.Workspace.ID + "/ip-filter/simulate"
	b.refused(409, "only one that is running", post, at, done.Token, simulated("127.0.0.1"))
	b.finish(done.Operation.ID)
	p := b.refused(422, "rule 2", post, at, done.Token, simulated("127.0.0.1", "10.1"))
	if p.Errors[0].Location != "body.rules[1].network" {
		t.Errorf("%+v", p.Errors)
	}
	var sim IPSimulation
	b.want(http.StatusOK, post, at, done.Token, simulated("127.0.0.0/8")).into(t, &sim)
	if sim.Sessions != 3 || sim.People != 2 || sim.SessionsCutOff != 2 || sim.PeopleCutOff != 1 || len(sim.CutOff) != 1 || sim.CutOff[0].Username != "eve" || sim.CutOff[0].Address != "198.51.100.7" {
		t.Errorf("%+v", sim)
	}
	b.want(http.StatusOK, post, at, b.operator(), simulated("127.0.0.0/8")).into(t, &sim)
	if sim.SessionsCutOff != 2 || sim.CutOff == nil || len(sim.CutOff) != 0 {
		t.Errorf("an operator is told %+v", sim)
	}
}
