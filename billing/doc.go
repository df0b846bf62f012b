// Package billing owns what a tenant pays: plans, seats, trials, dunning and invoices. Seats are counted from a
// workspace's users, never from members. It never touches a workspace: it asks for work by writing an operation, as
// every room does that is not the provisioner.
package billing
