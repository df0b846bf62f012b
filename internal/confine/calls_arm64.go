package confine

import "golang.org/x/sys/unix"

const auditArch = unix.AUDIT_ARCH_AARCH64

// callsOfArch has one: this architecture knows no other older forms.
var callsOfArch = []uint32{unix.SYS_RENAMEAT}
