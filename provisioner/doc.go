// Package provisioner makes reality match the domain: it works operations, step by step, on databases, buckets and
// instances of cells. It owns the step engine, the list of steps of every kind of operation, and the pool of blanks.
// It never decides that something should happen: it does what an operation's row asks for.
package provisioner
