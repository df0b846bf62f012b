package provisioner

// prepareSteps make a blank: storage with the schema of a release, for a workspace that nobody has asked for yet.
var prepareSteps = []Step{
	{"storage", addStorage, removeStorage},
	{"database", createDatabase, dropDatabase},
	{"buckets", createBuckets, dropBuckets},
	{"schema", migrateSchema, nil},
}
