// Package controlplane serves the HTTP API, the stream of routes for the edges, and the plain pages for signing up. It
// owns the protocol: who may call what, how errors, pages and idempotency look on the wire. It never decides a rule of
// the domain, touches a cell or runs an operation.
package controlplane

//go:generate sh -c "go run ../cmd/longhouse openapi > openapi.json.new && mv openapi.json.new openapi.json"
