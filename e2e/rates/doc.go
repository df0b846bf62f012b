// Package rates floods a workspace of a real machine, and looks at what others notice. It holds only tests.
package rates
