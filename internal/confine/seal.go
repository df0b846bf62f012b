package confine

import "golang.org/x/sys/unix"

// sealedOff are calls that make sockets, name an address, or send descriptors, which nobody counts while they are under way;
// and one that Landlock bounds since its third version only: who may open a file for writing needs no truncate.
var sealedOff = []uint32{
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_TRUNCATE,
}

// argBytes is how wide an argument is.
const argBytes = 8

// seal refuses them, and of sendto what has an address, or the flag by which TCP connects.
func (p *program) seal() {
	for _, call := range sealedOff {
		p.when(call, func(p *program) { p.ret(errno(unix.EPERM)) })
	}
	p.when(unix.SYS_SENDTO, func(p *program) {
		const flags, address = atArgs + 3*argBytes, atArgs + 4*argBytes
		p.load(address)
		p.unless(0, errno(unix.EPERM))
		p.load(address + argBytes/2)
		p.unless(0, errno(unix.EPERM))
		p.load(flags)
		p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, 0, 0, unix.MSG_FASTOPEN)
		p.unless(0, errno(unix.EPERM))
		p.ret(retAllow)
	})
}
