package provisioner

import "context"

// stopSteps tell visitors first, and then drain the instance.
var stopSteps = []Step{
	{"route", haltRoute, serveRoute},
	{"instance", removeInstance, bringBack},
}

// bringBack runs an instance again and waits for it, as the route that is served next would lead nowhere.
func bringBack(ctx context.Context, r *Run) error {
	if err := startInstance(ctx, r); err != nil {
		return err
	}
	return waitReady(ctx, r)
}
