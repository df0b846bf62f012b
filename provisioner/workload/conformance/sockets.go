package conformance

import (
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/unixsocket"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// listeners gives a function that listens at an address, on an inherited socket where there is one.
func listeners() (func(address string) (net.Listener, error), error) {
	number, _ := strconv.Atoi(os.Getenv(workload.InheritedVariable)) // none without it
	inherited, err := unixsocket.Inherited(number)
	return func(address string) (net.Listener, error) {
		path, unix := strings.CutPrefix(address, "unix:")
		if bound := inherited[path]; bound != nil {
			return unixsocket.Listener(bound)
		}
		if unix {
			return net.Listen("unix", path)
		}
		return net.Listen("tcp", address)
	}, err
}

// askBroker has attacks ask for connections, if the engine makes them for this instance.
func askBroker(listen func(address string) (net.Listener, error)) error {
	address := os.Getenv(workload.BrokerVariable)
	if address == "" {
		return nil
	}
	ln, err := listen(address)
	if err != nil {
		return err
	}
	attack.Ask = broker.NewClient(ln.(*net.UnixListener)).DialContext
	return nil
}
