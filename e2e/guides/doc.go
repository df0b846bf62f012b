// Package guides runs the commands of the README and of the pages in docs against a real machine, as their readers would.
package guides
