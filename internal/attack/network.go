package attack

import (
	"context"
	"net"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

const patience = time.Second

// Ask opens connections for a program that can open none, where there is somebody who does.
var Ask func(ctx context.Context, network, address string) (net.Conn, error)

// connect tries to reach an address by itself, and by asking.
func connect(network, address string) []Try {
	all := []Try{itself(network, address)}
	if Ask != nil {
		all = append(all, reach(Ask, "ask for", network, address))
	}
	return all
}

func itself(network, address string) Try {
	return reach((&net.Dialer{Timeout: patience}).DialContext, "connect to", network, address)
}

func reach(dial func(ctx context.Context, network, address string) (net.Conn, error), verb, network, address string) Try {
	conn, err := dial(context.Background(), network, address)
	if err == nil && network == "udp" { // which connects to nobody
		_, err = conn.Write([]byte("x"))
	}
	if conn != nil {
		_ = conn.Close()
	}
	return tried(err, "%s %s over %s", verb, address, network)
}

// metadata is where clouds keep a machine's credentials.
var metadata = []string{"169.254.169.254:80", "[fd00:ec2::254]:80", "100.100.100.200:80", "168.63.129.16:80"}

// connectPorts tries others' ports, and addresses that are nobody's business.
func connectPorts(aim Aim) (all []Try) {
	for _, address := range slices.Concat(metadata, []string{"1.1.1.1:25"}, aim.Addresses) {
		all = append(all, connect("tcp", address)...)
	}
	all = append(all, itself("tcp", "1.1.1.1:443")) // which a release may ask for that calls programs out there
	for _, address := range append([]string{"169.254.169.254:53", "127.0.0.53:53", "1.1.1.1:53"}, aim.Addresses...) {
		all = append(all, connect("udp", address)...)
	}
	return all
}

func dialSockets(aim Aim) (all []Try) {
	for _, path := range aim.Sockets {
		all = append(all, connect("unix", path)...)
	}
	return all
}

func dialAbstract(aim Aim) (all []Try) {
	for _, name := range aim.Abstract {
		all = append(all, connect("unix", "@"+name)...)
	}
	return all
}

// listenPorts tries to open every port there is, on all addresses.
func listenPorts(Aim) (all []Try) {
	for _, address := range []string{"127.0.0.1:0", ":0", "[::1]:0"} {
		ln, err := net.Listen("tcp", address)
		if err == nil {
			_ = ln.Close()
		}
		all = append(all, tried(err, "listen on %s", address))
	}
	conn, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err == nil {
		_ = conn.Close()
	}
	all = append(all, tried(err, "take datagrams"))
	open, last := 0, error(unix.EACCES)
	for port := 1; port <= 65535; port++ {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
		if err == nil {
			err = unix.Bind(fd, &unix.SockaddrInet4{Port: port})
			if err == nil {
				open++
			}
			_ = unix.Close(fd)
		}
		last = err
	}
	every := tried(last, "bind all 65535 ports")
	every.Through = open > 0
	return append(all, every)
}

// openSockets tries the kinds that are no business of a server.
func openSockets(Aim) (all []Try) {
	for _, kind := range []struct {
		name                   string
		family, kind, protocol int
	}{
		{"netlink", unix.AF_NETLINK, unix.SOCK_RAW, 0}, {"packet", unix.AF_PACKET, unix.SOCK_RAW, 0}, {"vsock", unix.AF_VSOCK, unix.SOCK_STREAM, 0},
		{"alg", unix.AF_ALG, unix.SOCK_SEQPACKET, 0}, {"bluetooth", unix.AF_BLUETOOTH, unix.SOCK_RAW, 0}, {"raw", unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_ICMP},
		{"ping", unix.AF_INET, unix.SOCK_DGRAM, unix.IPPROTO_ICMP}, {"multipath TCP", unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP},
		{"SCTP", unix.AF_INET6, unix.SOCK_STREAM, unix.IPPROTO_SCTP},
	} {
		fd, err := unix.Socket(kind.family, kind.kind, kind.protocol)
		if err == nil {
			_ = unix.Close(fd)
		}
		all = append(all, tried(err, "open a %s socket", kind.name))
	}
	return all
}
