// Package headofline has one tenant's operations hang, panic and kill their worker in every step, on the way there and on
// the way back, and asks for them by the dozen. It measures meanwhile how long another tenant waits for a workspace. It
// judges by who was let in, and never by time; the times are printed.
package headofline
