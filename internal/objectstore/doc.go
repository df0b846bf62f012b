// Package objectstore is Longhouse's embedded object store: S3 over HTTP for workspaces, administration over a unix
// socket for Longhouse. The protocol is versitygw's; what is kept, and how, is ours, because three things that
// versitygw's own posix backend lacks can't be added around it: nothing readable reaches the disk, not even metadata; a
// put is acknowledged only when it is durable; and an object's data and metadata change together or not at all.
//
// It never keeps an object in a bucket that has no key, never serves a byte that it has not authenticated, and never
// changes a bucket's owner or key. What it does not support answers NotImplemented.
//
// # On disk
//
//	DIR/lock, DIR/ready.json, DIR/tmp/, DIR/trash/
//	DIR/credentials/<access key>.json           the secret, sealed
//	DIR/buckets/<bucket>/bucket.json            owner, key id
//	DIR/buckets/<bucket>/objects/...            one sealed file per object
//	DIR/buckets/<bucket>/uploads/<id>/...       one sealed file per upload, and one per part
//
// A key "a/b" is the file "da/ob": a leading d or o on every segment lets "a" and "a/b" both be keys, and makes names
// such as "", "." and ".." harmless. Names are not encrypted; contents and metadata are.
//
// # Durability
//
// versitygw's posix backend never syncs. Here a put writes a temporary file, syncs it, renames it into place and syncs
// the directory before it answers; new directories are synced before anything is put into them; a delete syncs the
// directory. Measured on ext4 on a virtual disk with 64 KiB files: 0.07 ms without any sync, 0.33 ms with the file's,
// 0.65 ms with both; one syncfs instead costs as much as the file's alone, but waits for every other writer on the disk
// and can lose the old version of an object that is being replaced.
package objectstore
