// Package self shows on a real `longhouse up` that the control plane looks after itself: it is upgraded without a refused
// connection, backed up and restored, and recovers from faults without anybody's help.
package self
