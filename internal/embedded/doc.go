// Package embedded owns the parts that `longhouse up` runs beside Longhouse itself on one machine: how a PostgreSQL
// cluster is made, configured and started, and the mail catcher. It describes processes; it never supervises them.
package embedded
