package confine

import "golang.org/x/sys/unix"

// sealedOff are calls that make sockets or name an address, and one that Landlock bounds since its third version only:
// who has no path to a file that may be written needs no truncate.
var sealedOff = []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_CONNECT, unix.SYS_BIND, unix.SYS_SENDMMSG, unix.SYS_TRUNCATE}

// seal refuses them, and what is left of sending to an address. The address of sendmsg lies where no filter sees it: it
// counts for datagrams, of which a sealed program has no socket, and with MSG_FASTOPEN, by which TCP connects.
func (p *program) seal() {
	for _, call := range sealedOff {
		p.when(call, func(p *program) { p.ret(errno(unix.EPERM)) })
	}
	p.when(unix.SYS_SENDTO, func(p *program) {
		p.load(atArgs + 4*argBytes)
		p.unless(0, errno(unix.EPERM))
		p.load(atArgs + 4*argBytes + argBytes/2)
		p.unless(0, errno(unix.EPERM))
		p.withoutFastOpen(3)
	})
	p.when(unix.SYS_SENDMSG, func(p *program) { p.withoutFastOpen(2) })
}

// argBytes is how wide an argument is.
const argBytes = 8

// withoutFastOpen allows the call unless the argument has the flag.
func (p *program) withoutFastOpen(arg uint32) {
	p.load(atArgs + arg*argBytes)
	p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, 0, 0, unix.MSG_FASTOPEN)
	p.unless(0, errno(unix.EPERM))
	p.ret(retAllow)
}
