package edge

import "io"

// borrowed is a body that outlives the attempt to send it: a transport that couldn't connect closes what it was given.
// The reverse proxy closes the real one in the end.
type borrowed struct{ io.Reader }

// Close implements io.Closer.
func (borrowed) Close() error { return nil }
