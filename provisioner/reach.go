package provisioner

import (
	"context"
	"net"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/longhouse-dev/longhouse/internal/upcall"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

const (
	// brokerCapability is that of a release whose server makes no connection itself where the engine does it.
	brokerCapability = "broker"
	// internetCapability is that of a release whose server calls programs on the public internet.
	internetCapability = "internet"
)

// What an instance may have open at a time, and all together. The database's part is measured; what the control plane needs
// of it is left out.
const (
	storeConnections, allStoreConnections = 64, 2048
	mailConnections, allMailConnections   = 4, 64
	askConnections, allAskConnections     = 2, 256
	controlSessions                       = 48
)

// reach is where an instance connects to over TCP, as host:port: the object store, the mail server, and the database
// unless that has a unix socket.
func (c *Cell) reach() []string {
	all := []string{c.Outputs.ObjectStore.Endpoint}
	if mail := c.mailAddress(); mail != "" {
		all = append(all, mail)
	}
	if network, address := c.databaseAddress(); network == "tcp" {
		all = append(all, address)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// broker is what an instance is connected to whose release asks for its connections, nil for others. The addresses are those
// that it is configured with.
func (c *Cell) broker(ctx context.Context, capabilities []string) (*workload.Broker, error) {
	if !slices.Contains(capabilities, brokerCapability) {
		return nil, nil
	}
	sessions, err := mostSessions(ctx, c.Databases)
	if err != nil {
		return nil, err
	}
	_, database := c.databaseAddress()
	places := []workload.Place{
		{Address: database, Most: roleConnections, Shared: max(1, sessions-controlSessions)},
		{Address: c.Outputs.ObjectStore.Endpoint, Most: storeConnections, Shared: allStoreConnections},
	}
	if mail := c.mailAddress(); mail != "" {
		places = append(places, workload.Place{Address: mail, Most: mailConnections, Shared: allMailConnections})
	}
	if c.asks(capabilities) {
		places = append(places, workload.Place{Address: c.Console, Most: askConnections, Shared: allAskConnections})
	}
	return &workload.Broker{Places: places, Internet: slices.Contains(capabilities, internetCapability)}, nil
}

// asks reports whether a release's server asks the control plane for something.
func (c *Cell) asks(capabilities []string) bool {
	return c.Console != "" && slices.Contains(capabilities, upcall.Capability)
}

func (c *Cell) mailAddress() string {
	if c.Mail.Host == "" {
		return ""
	}
	return net.JoinHostPort(c.Mail.Host, strconv.Itoa(c.Mail.Port))
}

// databaseAddress is where drivers connect to for the data source that an instance is given.
func (c *Cell) databaseAddress() (network, address string) {
	const usual = 5432
	port := c.Outputs.Database.Port
	if port == 0 {
		port = usual
	}
	return pgconn.NetworkAddress(c.Outputs.Database.Host, uint16(port))
}
