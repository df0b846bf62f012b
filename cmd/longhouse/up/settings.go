package up

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// settle returns what the parts agree on: what was chosen now, and what an earlier start chose for itself.
func settle(o Options, layout datadir.Layout) (datadir.Settings, error) {
	old, err := layout.ReadSettings()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return old, err
	}
	if err == nil && old.BaseDomain != o.BaseDomain {
		return old, fmt.Errorf("this data directory serves %s; a change to %s is not possible yet", old.BaseDomain, o.BaseDomain)
	}
	if err == nil && old.UIDBase != o.UIDBase {
		return old, fmt.Errorf("this data directory has its user ids from %d up; a change to %d is not possible", old.UIDBase, o.UIDBase)
	}
	s := datadir.Settings{BaseDomain: o.BaseDomain, UIDBase: o.UIDBase, Blanks: o.Blanks, Lease: datadir.Duration{Duration: o.Lease}}
	ports := chooser{}
	for _, a := range []struct{ wanted, before, set *string }{
		{&o.HTTP, &old.EdgeHTTP, &s.EdgeHTTP}, {&o.API, &old.API, &s.API},
		{new("127.0.0.1:0"), &old.S3, &s.S3}, {new("127.0.0.1:0"), &old.SMTP, &s.SMTP}, {new("127.0.0.1:0"), &old.MailHTTP, &s.MailHTTP},
	} {
		if *a.set, err = ports.address(*a.wanted, *a.before); err != nil {
			return s, err
		}
	}
	return s, nil
}

// chooser chooses ports, each once.
type chooser map[int]bool

// address keeps what was chosen before where port 0 leaves the choice: links, clients and instances know it.
func (c chooser) address(wanted, before string) (string, error) {
	host, port, err := net.SplitHostPort(wanted)
	if err != nil {
		return "", fmt.Errorf("address %q: %w", wanted, err)
	}
	if port != "0" {
		return wanted, nil
	}
	if oldHost, _, err := net.SplitHostPort(before); err == nil && oldHost == host {
		return before, nil
	}
	for range 1000 {
		// Below the range that the system takes for outgoing connections, so that nobody has it at a later start.
		n := 20000 + rand.IntN(12000)
		address := net.JoinHostPort(host, strconv.Itoa(n))
		if !c[n] && free(address) {
			c[n] = true
			return address, nil
		}
	}
	return "", fmt.Errorf("no free port was found on %s from 20000 to 31999", host)
}

func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
