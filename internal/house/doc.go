// Package house holds the tree against those rules of docs/STYLE.md and docs/ARCHITECTURE.md that no linter knows. It
// consists of tests, judges form only, and is imported by nobody.
package house
