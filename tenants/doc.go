// Package tenants is the domain: persons, tenants and their members, workspaces and their lifecycle, cells, releases,
// operations, routes and the audit trail. It owns the control plane's schema and every rule that must hold in it. It
// never touches a cell, serves HTTP or runs an operation: it writes down what shall be, for others to carry out.
package tenants
