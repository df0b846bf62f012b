// Package kill ends workers with -9 before, in and after every step of every kind of operation, and expects that
// somebody else finishes or takes back what they left, with nothing lying around. It holds only tests.
package kill
