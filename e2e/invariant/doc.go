// Package invariant does to workspaces of a real machine whatever can be done to them, and to its edges and its control plane, at random, while
// clients ask all the time: who may come in is served, and nobody else ever is. It holds only tests.
package invariant
