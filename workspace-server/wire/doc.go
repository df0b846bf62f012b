// Package wire owns the JSON shapes of the chat protocol, checked field by field against the official client library by
// e2e/protocol. It never validates, reads the database or decides anything.
package wire
