// Package canary breaks a border between two workspaces on a real machine, and expects the canaries to say so.
package canary
