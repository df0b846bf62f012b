package edge

import (
	"net/http"
	"time"
)

// clientProtocols are what clients may speak: HTTP/1.1, HTTP/2 by prior knowledge, and HTTP/2 by ALPN where the listener
// is one of TLS. The upgrade from HTTP/1.1 that RFC 9113 withdrew is neither understood nor passed on.
func clientProtocols() *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(true)
	p.SetUnencryptedHTTP2(true)
	return &p
}

// http2Limits bound what one connection may hold and cost. A stream that is reset keeps its place among the concurrent
// ones until its handler has ended, which is resetPause later; net/http closes the connection
// of who queues more than that.
func http2Limits() *http.HTTP2Config {
	return &http.HTTP2Config{
		MaxConcurrentStreams:          128,
		MaxReadFrameSize:              64 << 10,
		MaxDecoderHeaderTableSize:     4 << 10,
		MaxEncoderHeaderTableSize:     4 << 10,
		MaxReceiveBufferPerConnection: 1 << 20,
		MaxReceiveBufferPerStream:     256 << 10,
		SendPingTimeout:               time.Minute,
		PingTimeout:                   15 * time.Second,
		WriteByteTimeout:              stallLimit,
	}
}
