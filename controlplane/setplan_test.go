package controlplane

import (
	"net/http"
	"testing"

	"github.com/longhouse-dev/longhouse/edge/feed"
	"github.com/longhouse-dev/longhouse/tenants"
)

func TestEdgesAreToldOfAnotherPlan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	done := b.signUp("engines")
	b.setRoute(done.Workspace.ID, tenants.Serving)
	_, next := b.edgeStream(newEdge("one"))
	if snapshot := next(); len(snapshot.Routes) != 1 || snapshot.Routes[0].Plan != "free" {
		t.Errorf("%+v", snapshot)
	}
	var set Tenant
	b.want(http.StatusOK, put, "/tenants/"+done.Tenant.ID+"/plan", b.operator(), PlanBody{Plan: "professional"}).into(t, &set)
	if change := next(); set.Plan != "professional" || change.Type != feed.KindChange || change.Route.Plan != "professional" || change.Route.State != feed.StateServing {
		t.Errorf("%+v, %+v", set, change)
	}
	b.want(http.StatusUnprocessableEntity, put, "/tenants/"+done.Tenant.ID+"/plan", b.operator(), PlanBody{Plan: "gold"})
	b.want(http.StatusForbidden, put, "/tenants/"+done.Tenant.ID+"/plan", done.Token, PlanBody{Plan: "enterprise"})
}
