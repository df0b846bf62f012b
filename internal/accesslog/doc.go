// Package accesslog keeps what was asked of whom, in an object store: lines as edges tell them, in segments, and then sorted by whose they
// are and by day. It owns the form of lines, segments and objects' names, and never knows who an owner is, or whether it may still be there.
package accesslog
