package provisioner

// deleteSteps remove everything, from the outside in. There is no way back: what is gone can't be made again.
var deleteSteps = []Step{
	{"route", withdrawRoute, nil},
	{"instance", removeInstance, nil},
	{"database", dropDatabase, nil},
	{"buckets", dropBuckets, nil},
	{"storage", removeStorage, nil},
}
