// Package hibernation puts workspaces of a real machine to rest, comes for them, and measures how long they take to be there. It holds only
// tests.
package hibernation
