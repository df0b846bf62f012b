// Package jobs carries nudges: "somebody should look at this id now", enqueued in the transaction that makes it so and
// worked by River. It knows topics and ids, never what they mean, and nothing true is kept in it: a nudge that is
// lost or comes twice must do no harm.
package jobs
