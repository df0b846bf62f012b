// Package audit tampers with the audit trail of a real machine, and expects `longhouse audit verify` to say so.
package audit
