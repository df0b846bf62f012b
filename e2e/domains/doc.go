// Package domains brings a customer's domain into service on a real machine, with a name server and an ACME server of its own. It holds only tests.
package domains
