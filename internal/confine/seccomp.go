package confine

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Where the kernel puts what a filter looks at, struct seccomp_data of seccomp(2). Arguments are 64 bits wide, and we
// only run on little-endian machines: the lower half comes first.
const (
	atCall = 0
	atArch = 4
	atArgs = 16
)

const (
	retAllow = 0x7fff0000 // SECCOMP_RET_ALLOW
	retErrno = 0x00050000 // SECCOMP_RET_ERRNO; the number is in the lower half
)

// newNamespaces are the flags of clone(2) that make namespaces.
const newNamespaces = unix.CLONE_NEWNS | unix.CLONE_NEWCGROUP | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWUSER |
	unix.CLONE_NEWPID | unix.CLONE_NEWNET

// filter is a program that allows what is listed and refuses everything else. Refusing doesn't kill: programs try what
// they may not have, and go on without it.
func (r Rules) filter() []unix.SockFilter {
	p := program{}
	p.load(atArch)
	p.unless(auditArch, errno(unix.EPERM))
	p.load(atCall)
	p.when(unix.SYS_CLONE, func(p *program) {
		p.load(atArgs)
		p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, 0, 0, newNamespaces)
		p.unless(0, errno(unix.EPERM))
		p.ret(retAllow)
	})
	if r.Sealed {
		p.seal()
	} else {
		p.when(unix.SYS_SOCKET, r.sockets)
	}
	if !r.Clone3 {
		p.when(unix.SYS_CLONE3, func(p *program) { p.ret(errno(unix.ENOSYS)) }) // libraries then use clone
	} else {
		p.when(unix.SYS_CLONE3, func(p *program) { p.ret(retAllow) })
	}
	for _, call := range append(calls, callsOfArch...) {
		p.when(call, func(p *program) { p.ret(retAllow) })
	}
	p.ret(errno(unix.EPERM))
	return p
}

// sockets allows unix sockets of any kind and streams over IP. Multipath TCP isn't bound by Landlock's rules for ports,
// and Go asks for it first: to be told that there is none is what makes it take TCP.
func (r Rules) sockets(p *program) {
	p.load(atArgs)
	p.when(unix.AF_UNIX, func(p *program) { p.ret(retAllow) })
	p.when(unix.AF_INET6, r.internet)
	p.unless(unix.AF_INET, errno(unix.EAFNOSUPPORT))
	r.internet(p)
}

func (r Rules) internet(p *program) {
	p.load(atArgs + 16)
	p.when(unix.IPPROTO_MPTCP, func(p *program) { p.ret(errno(unix.EPROTONOSUPPORT)) })
	p.load(atArgs + 8)
	p.add(unix.BPF_ALU|unix.BPF_AND|unix.BPF_K, 0, 0, 0xf) // without the flags
	p.when(unix.SOCK_STREAM, func(p *program) {
		p.load(atArgs + 16)
		for _, protocol := range []uint32{0, unix.IPPROTO_TCP} {
			p.when(protocol, func(p *program) { p.ret(retAllow) })
		}
		p.ret(errno(unix.EPERM))
	})
	if r.Names || r.Anywhere {
		p.when(unix.SOCK_DGRAM, func(p *program) {
			p.load(atArgs + 16)
			for _, protocol := range []uint32{0, unix.IPPROTO_UDP} {
				p.when(protocol, func(p *program) { p.ret(retAllow) })
			}
			p.ret(errno(unix.EPERM))
		})
	}
	p.ret(errno(unix.EPERM))
}

// program is a filter in the making.
type program []unix.SockFilter

func errno(e unix.Errno) uint32 { return retErrno | uint32(e) }

func (p *program) add(code uint16, jt, jf uint8, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

func (p *program) load(at uint32) { p.add(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0, 0, at) }
func (p *program) ret(v uint32)   { p.add(unix.BPF_RET|unix.BPF_K, 0, 0, v) }

// when runs the lines, which end with a return, if what was loaded last is v.
func (p *program) when(v uint32, lines func(*program)) {
	inner := program{}
	lines(&inner)
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 0, uint8(len(inner)), v)
	*p = append(*p, inner...)
}

// unless returns at once if what was loaded last isn't v.
func (p *program) unless(v, ret uint32) {
	p.add(unix.BPF_JMP|unix.BPF_JEQ|unix.BPF_K, 1, 0, v)
	p.ret(ret)
}

// install gives the filter to the calling thread.
func install(filter []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog)))
	runtime.KeepAlive(filter)
	if errno != 0 {
		return errno
	}
	return nil
}
