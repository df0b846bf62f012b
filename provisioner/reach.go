package provisioner

import (
	"net"
	"slices"
	"strconv"
)

// reach is where an instance connects to over TCP, as host:port: the object store, the mail server, and the database
// unless that has a unix socket.
func (c *Cell) reach() []string {
	all := []string{c.Outputs.ObjectStore.Endpoint}
	if c.Mail.Host != "" {
		all = append(all, net.JoinHostPort(c.Mail.Host, strconv.Itoa(c.Mail.Port)))
	}
	if db := c.Outputs.Database; db.Host != "" && db.Host[0] != '/' {
		all = append(all, net.JoinHostPort(db.Host, strconv.Itoa(db.Port)))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
