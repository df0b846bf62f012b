// Package headofline has one tenant's operations hang, panic and kill who does them in every step, on the way there and on
// the way back, and asks for them by the dozen. It measures meanwhile how long another tenant waits for a workspace. It
// judges by who was let in and who died, and by time only where it is told to; the times are printed.
package headofline
