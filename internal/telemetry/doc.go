// Package telemetry is how a process of Longhouse tells what it does: metrics that Prometheus reads, traces that go to an
// OpenTelemetry collector, and the socket on which it is asked for its health. It never knows what the figures mean.
package telemetry
