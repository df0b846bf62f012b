// Package previous builds the release before this one from the repository's history, and shows that both work at once on this one's
// schema, and that one goes to this one and back. Which commit that release is stands in the file `commit`.
package previous
