package provisioner

// wakeSteps run a hibernated workspace on the data that it has. Whoever came for it is held by the edges until the route serves.
var wakeSteps = []Step{
	{"instance", startInstance, removeInstance},
	{"ready", waitReady, nil},
	{"route", serveRoute, layAsleep},
}
