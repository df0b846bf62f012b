// Package accesslog has a tenant of a real machine read what was asked of its workspace, while processes are killed. It holds only tests.
package accesslog
