// Package clock owns how the chat server tells the time: int64 milliseconds, as the protocol does. It never sleeps.
package clock

import "time"

// Clock tells the time; tests bring their own.
type Clock func() time.Time

// System is the machine's clock.
func System() time.Time { return time.Now() }

// Millis is the current time as the wire and the database have it.
func (c Clock) Millis() int64 { return c().UnixMilli() }
