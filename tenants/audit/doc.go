// Package audit is the arithmetic of the audit trail: how an event is hashed into its chain, how a state of the chains is
// signed, and what is wrong with those that somebody changed. It reads no database and writes none.
package audit
