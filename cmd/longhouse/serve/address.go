package serve

import (
	"fmt"
	"net"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/datadir"
	"github.com/longhouse-dev/longhouse/provisioner"
)

// publicAddress is how browsers reach the edge: by https where it serves that.
func publicAddress(s datadir.Settings) (provisioner.PublicAddress, error) {
	if s.EdgeHTTPS != "" {
		return addressOf("https", s.EdgeHTTPS, 443)
	}
	return addressOf("http", s.EdgeHTTP, 80)
}

// addressOf leaves out the port that is the scheme's own.
func addressOf(scheme, listen string, own int) (provisioner.PublicAddress, error) {
	_, text, err := net.SplitHostPort(listen)
	if err != nil {
		return provisioner.PublicAddress{}, fmt.Errorf("the edge's address %q is not of the form host:port", listen)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return provisioner.PublicAddress{}, fmt.Errorf("the edge's port %q is not a number", text)
	}
	if port == own {
		port = 0
	}
	return provisioner.PublicAddress{Scheme: scheme, Port: port}, nil
}
