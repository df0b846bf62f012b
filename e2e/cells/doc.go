// Package cells takes a second cell through its life on a real machine: added, planned, applied, lived in, hurt, drained
// and destroyed, while the first one goes on.
package cells
