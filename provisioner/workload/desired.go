package workload

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/longhouse-dev/longhouse/internal/id"
)

// The variables by which the engine, and nobody else, tells an instance where to listen.
const (
	ListenVariable      = "MM_SERVICESETTINGS_LISTENADDRESS"
	AdminListenVariable = "LONGHOUSE_ADMIN_LISTEN"
	FolderVariable      = "TMPDIR" // and which folder it has

	// These come with Desired.Broker only: where the instance takes the broker's calls, as unix:/path, and how many bound
	// sockets it has from descriptor 3 up. To know which is which it looks at their addresses.
	BrokerVariable    = "LONGHOUSE_BROKER_LISTEN"
	InheritedVariable = "LONGHOUSE_INHERITED"
)

// MaxDrainGrace is the longest that an instance may be given to drain.
const MaxDrainGrace = 10 * time.Minute

// Desired describes an instance as it should run.
type Desired struct {
	ID         string   `json:"id"`         // in_ and 26 characters
	Generation int64    `json:"generation"` // from 1 up
	Binary     string   `json:"binary"`     // absolute path of the release's server
	Args       []string `json:"args"`       // e.g. "serve"; never a secret, every user can read them
	SHA256     string   `json:"sha256"`     // of the binary, 64 hexadecimal digits; another file isn't run
	UID        int      `json:"uid"`        // who the instance runs as where the engine can choose; the group is the same number
	Env        Env      `json:"env"`
	Limits     Limits   `json:"limits"`
	// Reach lists as host:port what it may connect to over TCP; unix sockets are bound by their modes. Nil is for what an
	// earlier version described, and bounds nothing.
	Reach []string `json:"reach,omitzero"`
	// Broker is for a release that knows to ask for its connections: an engine that has a broker tells it by BrokerVariable,
	// and lets it make no socket itself. Then Reach doesn't count. Without the variable it connects by itself.
	Broker     *Broker       `json:"broker,omitzero"`
	DrainGrace time.Duration `json:"drain_grace_ns"` // between SIGTERM and SIGKILL
}

// Limits bound an instance; 0 means no limit of its own.
type Limits struct {
	MemoryBytes int64 `json:"memory_bytes"`
	CPUPercent  int   `json:"cpu_percent"`          // of one core: 150 is one and a half
	PIDs        int   `json:"pids"`                 // processes and threads
	DiskBytes   int64 `json:"disk_bytes,omitempty"` // in its folder, with files that have no name any more
}

// Env is an instance's environment. It holds secrets, so it prints as its size only.
type Env map[string]string

func (e Env) String() string       { return fmt.Sprintf("[%d variables]", len(e)) }
func (e Env) GoString() string     { return e.String() }
func (e Env) LogValue() slog.Value { return slog.StringValue(e.String()) }

func (d Desired) String() string {
	return fmt.Sprintf("%s generation %d of %s", d.ID, d.Generation, d.Binary)
}
func (d Desired) GoString() string     { return d.String() }
func (d Desired) LogValue() slog.Value { return slog.StringValue(d.String()) }

var (
	sha256Form   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,127}$`)
)

// Validate gives ErrInvalid with a sentence that names what is wrong and what is allowed, never a value of Env.
func (d Desired) Validate() error {
	if err := ValidID(d.ID); err != nil {
		return err
	}
	switch {
	case d.Generation < 1:
		return invalid("generation %d: must be 1 or more", d.Generation)
	case !filepath.IsAbs(d.Binary) || filepath.Clean(d.Binary) != d.Binary:
		return invalid("binary %q: must be an absolute, clean path", d.Binary)
	case !sha256Form.MatchString(d.SHA256):
		return invalid("sha256 %q: must be 64 lower-case hexadecimal digits", d.SHA256)
	case d.UID < 0:
		return invalid("uid %d: must not be negative", d.UID)
	case d.DrainGrace < 0 || d.DrainGrace > MaxDrainGrace:
		return invalid("drain grace %s: must be from 0 to %s", d.DrainGrace, MaxDrainGrace)
	case d.Limits.MemoryBytes < 0 || d.Limits.CPUPercent < 0 || d.Limits.PIDs < 0 || d.Limits.DiskBytes < 0:
		return invalid("limits %+v: must not be negative", d.Limits)
	}
	for i, arg := range d.Args {
		if strings.ContainsRune(arg, 0) {
			return invalid("argument %d holds a zero byte", i+1)
		}
	}
	for _, address := range d.Reach {
		if _, _, err := SplitReach(address); err != nil {
			return err
		}
	}
	if err := d.Broker.validate(); err != nil {
		return err
	}
	return d.Env.validate()
}

// SplitReach takes an address of Reach apart; an error is ErrInvalid.
func SplitReach(address string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(address)
	number, bad := strconv.ParseUint(text, 10, 16)
	if err != nil || bad != nil || host == "" || number == 0 {
		return "", 0, invalid("reach %q: must be host:port with a port from 1 to 65535", address)
	}
	return host, uint16(number), nil
}

func (e Env) validate() error {
	for _, name := range slices.Sorted(maps.Keys(e)) {
		switch {
		case !variableForm.MatchString(name):
			return invalid("variable name %q: must be letters, digits and underscores, at most 128", name)
		case slices.Contains([]string{ListenVariable, AdminListenVariable, BrokerVariable, InheritedVariable}, name):
			return invalid("variable %s: the engine decides where an instance listens", name)
		case name == FolderVariable:
			return invalid("variable %s: the engine decides which folder an instance has", name)
		case strings.ContainsRune(e[name], 0):
			return invalid("variable %s: its value holds a zero byte", name)
		}
	}
	return nil
}

// ValidID says whether the text is the id of an instance.
func ValidID(text string) error {
	if _, err := id.Parse(id.Instance, text); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}
