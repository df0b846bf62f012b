// Package webhooks receives what a real Longhouse sends while its workers are killed and the receiver is ill. It checks
// messages with the library of the standard that they are signed by, and never looks at our own code.
package webhooks
