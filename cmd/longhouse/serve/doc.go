// Package serve runs the roles of Longhouse in this process: the API, the workers, the edge. It wires them to what the
// settings name, and never decides what they do.
package serve
