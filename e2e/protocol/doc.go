// Package protocol holds the chat server against the official client library: every shape on the wire, and a running
// server with a real database and object store. It never reaches into the server; what it can't see from outside is
// tested beside the code.
package protocol
