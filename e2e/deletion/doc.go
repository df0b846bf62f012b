// Package deletion deletes a workspace of a real machine, with grace and at once, and searches everything for what should
// be gone. It holds only tests.
package deletion
