// Package soak lets customers and members live on a machine whose parts are killed at random, and looks afterwards for
// anything that was acknowledged and is gone, and anything left that nobody owns. For half of the time nothing is killed, and
// each process is compared with its own past: what grows then leaks. It never says what a part has to do in between.
package soak
