package process

import (
	"debug/elf"
	"fmt"
	"net"
	"path/filepath"
	"strings"

	"github.com/longhouse-dev/longhouse/internal/confine"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// What a server reads of the machine: whom it may trust, where names lead, what time it is elsewhere, which kind a file
// is, and how long a queue of connections may be. No folder of processes, since /proc shows those of others too.
var systemFiles = []string{
	"/etc/ssl/certs", "/etc/pki/tls/certs", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/services", "/etc/localtime", "/usr/share/zoneinfo",
	"/etc/mime.types", "/usr/share/mime/globals2", "/proc/sys/net/core/somaxconn", "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
}

var devices = []string{"/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"}

// libraries are for a program that isn't linked statically.
var libraries = []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache"}

// rules say what an instance may do: see docs/isolation.md.
func (a *Agent) rules(want saved) (confine.Rules, error) {
	d := want.Desired
	r := confine.Rules{
		Run: []string{d.Binary}, Read: systemFiles, Use: devices,
		Keep:    []string{a.cfg.workDir(d.ID)},
		Sealed:  d.Broker != nil,
		Sockets: []string{filepath.Dir(a.cfg.socket(want.SocketDir)), filepath.Dir(a.cfg.adminSocket(want.SocketDir))},
		Clone3:  a.cgroups.v2 != "", Anywhere: d.Reach == nil,
	}
	loader, err := loaderOf(d.Binary)
	if err != nil {
		return r, err
	}
	if loader != "" {
		r.Run = append(r.Run, loader)
		r.Read = append(append([]string{}, systemFiles...), libraries...)
	}
	for _, address := range d.Reach {
		host, port, err := workload.SplitReach(address)
		if err != nil {
			return r, err
		}
		r.Ports = append(r.Ports, port)
		r.Names = r.Names || host != "localhost" && net.ParseIP(host) == nil
	}
	return r, nil
}

// loaderOf is the program that loads a dynamically linked one, empty for one that needs none and for what isn't ELF.
func loaderOf(binary string) (string, error) {
	f, err := elf.Open(binary)
	if err != nil {
		return "", nil // the kernel says what is wrong with it
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_INTERP {
			continue
		}
		name := make([]byte, min(p.Filesz, 4096))
		if _, err := p.ReadAt(name, 0); err != nil {
			return "", fmt.Errorf("read the loader of %s: %w", binary, err)
		}
		return strings.TrimRight(string(name), "\x00"), nil
	}
	return "", nil
}
