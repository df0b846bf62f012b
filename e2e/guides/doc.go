// Package guides runs the commands of the guides in docs/guides against a real machine, as their readers would.
package guides
