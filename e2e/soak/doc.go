// Package soak lets customers and members live on a machine whose parts are killed at random, and looks afterwards for
// anything that was acknowledged and is gone, anything left that nobody owns, and anything that grew. It never says what
// a part has to do in between.
package soak
