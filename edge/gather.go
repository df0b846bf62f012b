package edge

import (
	"bytes"
	"io"
)

// gathered is a body that is in memory.
type gathered struct{ *bytes.Reader }

// Close implements io.Closer. The body is read again when the request is sent again.
func (gathered) Close() error { return nil }

const (
	// smallBody is what is waited for before an instance hears of the request: all that people write, and hardly a file.
	smallBody = 64 << 10
	// maxGathered bounds what is waited for to 64 MiB in all. A body beyond that is streamed, as a large one is.
	maxGathered = 1024
)

// gather waits for a small body, so that a client that is slow to send one holds no place at the instance meanwhile. It
// returns what ends its place here. A client that wants to hear from the instance first (100-continue) is not waited for.
func (p *proxy) gather(x *exchange) (leave func(), err error) {
	leave = func() {}
	size := x.r.ContentLength
	if size <= 0 || size > smallBody || len(x.r.Header["Expect"]) > 0 || !p.gathering.enter(x.client).onward {
		return leave, nil
	}
	leave = func() { p.gathering.leave(x.client) }
	body := make([]byte, size)
	if _, err := io.ReadFull(x.body, body); err != nil {
		return leave, err
	}
	x.r.Body = gathered{bytes.NewReader(body)}
	return leave, x.follow() // the workspace may have moved or stopped meanwhile
}
