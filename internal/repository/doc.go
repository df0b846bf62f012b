// Package repository keeps backups of one workspace, or of anything else that is a set of named streams, in a place for objects. It never
// knows what the streams are, never schedules, and never has two writers at once: whoever calls sees to that.
//
// Streams are cut into chunks by their content, so that what didn't change is the same chunks again, and each chunk is kept once. That is
// how restic and Borg do it, with much smaller chunks: of a database's dump a day changes a row here and a row there.
//
//	packs/PACK      some chunks: a tar stream, each chunk a file that is called by the chunk's name
//	indexes/INDEX   lines of text: which chunks are in which packs
//	backups/BACKUP  a Manifest, in JSON
//
// Each object is compressed (zstd) and then encrypted (age, https://age-encryption.org/v1) for a key that is derived from the repository's.
// Chunks are called by a keyed hash of what they hold. So who has the key, `age`, `zstd`, `tar` and `jq` reads a backup without this
// package, and who has not learns the number and the sizes of objects.
package repository
