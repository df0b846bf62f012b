package attack

import (
	"net"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// doors are unix sockets that many machines have, open to everybody.
var doors = []string{
	"/run/systemd/journal/stdout", "/run/systemd/journal/socket", "/run/systemd/journal/dev-log", "/dev/log", "/run/systemd/notify",
	"/run/systemd/userdb/io.systemd.DynamicUser", "/run/dbus/system_bus_socket", "/run/nscd/socket", "/run/postgresql/.s.PGSQL.5432",
	"/run/docker.sock", "/run/udev/control", "/tmp/.X11-unix/X0",
}

// reachOut tries what only a program is kept from that makes no socket at all: sockets that are open to everybody, sockets
// of its own, and to send where it isn't connected.
func reachOut(aim Aim) (all []Try) {
	for _, path := range append(doors, aim.Doors...) {
		for _, network := range []string{"unix", "unixgram", "unixpacket"} {
			all = append(all, connect(network, path)...)
		}
	}
	for name, kind := range map[string]int{"stream": unix.SOCK_STREAM, "datagram": unix.SOCK_DGRAM, "packet": unix.SOCK_SEQPACKET} {
		fd, err := unix.Socket(unix.AF_UNIX, kind, 0)
		if err == nil {
			_ = unix.Close(fd)
		}
		pair, errPair := unix.Socketpair(unix.AF_UNIX, kind, 0)
		if errPair == nil {
			_, _ = unix.Close(pair[0]), unix.Close(pair[1])
		}
		all = append(all, tried(err, "make a unix socket, %s", name), tried(errPair, "make a pair of unix sockets, %s", name))
	}
	ln, err := net.Listen("unix", "@longhouse-attack")
	if err == nil {
		_ = ln.Close()
	}
	all = append(all, tried(err, "listen at an abstract name"), call("truncate(2) by path", unix.SYS_TRUNCATE))
	return append(all, sendAnywhere()...)
}

// sendAnywhere makes calls that name an address, or could, on a descriptor that isn't open: an answer other than "not
// permitted" means that the kernel has looked for it.
func sendAnywhere() []Try {
	address := unix.RawSockaddrInet4{Family: unix.AF_INET, Port: 80, Addr: [4]byte{127, 0, 0, 1}}
	defer runtime.KeepAlive(&address)
	at, size, none := uintptr(unsafe.Pointer(&address)), unsafe.Sizeof(address), ^uintptr(0)
	return []Try{
		call("send to an address", unix.SYS_SENDTO, none, 0, 0, 0, at, size),
		call("send to an address above 4 GiB", unix.SYS_SENDTO, none, 0, 0, 0, 1<<40, size),
		call("open a connection by sendto", unix.SYS_SENDTO, none, 0, 0, unix.MSG_FASTOPEN, 0, 0),
		call("send a message, with an address or descriptors", unix.SYS_SENDMSG, none, 0, 0),
		call("send many messages", unix.SYS_SENDMMSG, none, 0, 0, 0),
		call("connect", unix.SYS_CONNECT, none, at, size),
		call("bind", unix.SYS_BIND, none, at, size),
	}
}
