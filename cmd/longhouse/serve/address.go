package serve

import (
	"fmt"
	"net"
	"strconv"

	"github.com/longhouse-dev/longhouse/provisioner"
)

// publicAddress is how browsers reach what listens on host:port: without the port where it is the scheme's own.
func publicAddress(listen string) (provisioner.PublicAddress, error) {
	_, text, err := net.SplitHostPort(listen)
	if err != nil {
		return provisioner.PublicAddress{}, fmt.Errorf("the edge's address %q is not of the form host:port", listen)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return provisioner.PublicAddress{}, fmt.Errorf("the edge's port %q is not a number", text)
	}
	if port == 80 {
		port = 0
	}
	return provisioner.PublicAddress{Scheme: "http", Port: port}, nil
}
