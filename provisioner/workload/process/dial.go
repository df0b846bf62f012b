package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// What an instance may ask of the agent.
const (
	mostUnderWay    = 16                     // dials at a time
	dialsASecond    = 10                     // to one place, after as many at once as may be open there
	sessionsASecond = 2                      // to the database server of this machine
	connectWithin   = 5 * time.Second        // its turn and the connection, each
	vainFor         = 100 * time.Millisecond // how long a dial in vain takes at least, so that to ask without end is cheap for us
	sayEvery        = time.Minute            // what an instance asks in vain is logged so often
	mostInternet    = 32                     // connections to the internet
)

// mailPort is kept from instances: mail goes through the mail server that they are given.
const mailPort = 25

var (
	errNotReached = fmt.Errorf("it is not among the addresses that this instance reaches: %w", syscall.EACCES)
	errTooMany    = fmt.Errorf("this instance has as many connections there as it may: %w", syscall.EDQUOT)
	errShared     = fmt.Errorf("all instances together have so many connections there that this one gets no more: %w", syscall.EDQUOT)
)

// dialer makes the connections of one process, as its description allows, and knows how many of them are open.
type dialer struct {
	allowed  workload.Broker
	internet egress.Networks
	shares   *shares
	log      *slog.Logger // of the instance
	now      func() time.Time
	// ownAddresses are this machine's.
	ownAddresses func() ([]net.Addr, error)

	held     *broker.Held
	underWay []atomic.Int32 // by place, and last the internet
	buckets  []*bucket      // the same

	mu     sync.Mutex // held while it is decided whether another may be opened, never while it is
	saidAt time.Time
	inVain int
}

func (a *Agent) newDialer(id string, allowed workload.Broker) (*dialer, error) {
	held, err := broker.NewHeld()
	if err != nil {
		return nil, err
	}
	d := &dialer{allowed: allowed, internet: a.cfg.Internet, shares: a.shares, log: a.cfg.Log.With("instance", id), now: a.now, ownAddresses: net.InterfaceAddrs,
		held: held, underWay: make([]atomic.Int32, len(allowed.Places)+1)}
	for _, p := range d.places() {
		d.buckets = append(d.buckets, newBucket(p.Most, a.cfg.paceTo(p.Address), a.now))
	}
	return d, nil
}

// paceTo is how many dials a second there may be. A session costs the database server a process, which takes its share of the processors
// until somebody knows whose it is.
func (c Config) paceTo(address string) float64 {
	if c.DatabaseSockets != "" && filepath.Dir(address) == c.DatabaseSockets {
		return sessionsASecond
	}
	return dialsASecond
}

// places are those of the description, and last the internet, which has no address.
func (d *dialer) places() []workload.Place {
	return append(slices.Clip(d.allowed.Places), workload.Place{Most: mostInternet})
}

func (d *dialer) close() {
	d.shares.drop(d)
	d.held.Close()
}

// dial is what the broker calls. An address is connected to as it is named: what a name leads to is looked up here, now.
func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	began := d.now()
	conn, err := d.connect(ctx, network, address)
	if err != nil && ctx.Err() == nil {
		d.say(network, address, err)
		pause(ctx, nil, max(time.Millisecond, vainFor-d.now().Sub(began)))
	}
	return conn, err
}

func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	number, err := d.find(network, address)
	if err != nil {
		return nil, err
	}
	turn, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if err := d.buckets[number].take(turn); err != nil {
		return nil, err
	}
	if err := d.admit(number); err != nil {
		d.buckets[number].giveBack()
		return nil, err
	}
	defer d.underWay[number].Add(-1)
	to := &net.Dialer{Timeout: connectWithin}
	if number == len(d.allowed.Places) {
		to = d.outside()
	}
	conn, err := to.DialContext(ctx, network, address)
	if err != nil {
		d.buckets[number].giveBack()
		return nil, plain(err)
	}
	if err := d.held.Add(conn, int32(number)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// find gives the number of the place that has the address.
func (d *dialer) find(network, address string) (int, error) {
	tcp := slices.Contains([]string{"tcp", "tcp4", "tcp6"}, network)
	if !tcp && network != "unix" || network == "unix" != strings.HasPrefix(address, "/") {
		return 0, errNotReached
	}
	at := slices.IndexFunc(d.allowed.Places, func(p workload.Place) bool { return p.Address == address })
	if at >= 0 {
		return at, nil
	}
	if _, port, err := workload.SplitReach(address); !tcp || !d.allowed.Internet || err != nil || port == mailPort {
		return 0, errNotReached
	}
	return len(d.allowed.Places), nil
}

// admit counts another connection as under way, if there may be one.
func (d *dialer) admit(number int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	has, err := d.has(number)
	if err != nil {
		return fmt.Errorf("count the open connections: %w", err)
	}
	place := d.places()[number]
	switch {
	case has >= place.Most:
		return errTooMany
	case place.Shared > 0 && !d.shares.take(place.Address, d, has, place.Shared):
		return errShared
	}
	d.underWay[number].Add(1)
	return nil
}

// has is how many connections there are to a place, or soon will be. One that is opened meanwhile may count twice, never not
// at all: it is among those that are open before it is none any more that is under way.
func (d *dialer) has(number int) (int, error) {
	underWay := int(d.underWay[number].Load())
	open, err := d.held.Count()
	return underWay + open[int32(number)], err
}

// holds is has, by address.
func (d *dialer) holds(address string) int {
	has, err := d.has(slices.IndexFunc(d.allowed.Places, func(p workload.Place) bool { return p.Address == address }))
	if err != nil { // it has just ended
		return 0
	}
	return has
}

// plain is an error as far as it may be told to an instance: not which address a name has in here, nor who looked it up.
func plain(err error) error {
	var lookup *net.DNSError
	var number syscall.Errno
	switch {
	case errors.Is(err, egress.ErrForbidden):
		return errNotReached
	case errors.As(err, &lookup):
		return &net.DNSError{Err: lookup.Err, Name: lookup.Name, IsNotFound: lookup.IsNotFound, IsTimeout: lookup.IsTimeout}
	case errors.As(err, &number):
		return number
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return context.DeadlineExceeded
	}
	return errors.New("it could not be connected to")
}

// say tells the operator what is asked in vain, now and then.
func (d *dialer) say(network, address string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inVain++
	if d.now().Sub(d.saidAt) < sayEvery {
		return
	}
	d.log.Warn("a connection that an instance asked for was not made", "network", network, "address", address, "error", err, "in_vain", d.inVain)
	d.saidAt, d.inVain = d.now(), 0
}
