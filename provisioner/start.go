package provisioner

// startSteps run a stopped workspace on the data that it has.
var startSteps = []Step{
	{"instance", startInstance, removeInstance},
	{"ready", waitReady, nil},
	{"route", serveRoute, haltAgain},
}
