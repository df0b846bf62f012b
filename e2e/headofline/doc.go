// Package headofline has one tenant's operations hang, panic and flood in every step, and measures meanwhile how long
// another tenant waits for a workspace. It judges by who was let in, and never by time; the times are printed.
package headofline
