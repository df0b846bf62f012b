package process

import (
	"context"
	"net"
	"time"

	"github.com/longhouse-dev/longhouse/internal/backoff"
	"github.com/longhouse-dev/longhouse/internal/broker"
)

// calls are the pauses before an instance is called again whose line has ended. The longest leaves what was asked meanwhile
// time to be answered.
var calls = backoff.Doubling{First: 100 * time.Millisecond, Most: broker.Within / 2}

// serveDials makes the connections of a process that makes none itself, until it or the agent ends.
func (in *instance) serveDials(ctx context.Context, id string, c *child) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-c.process.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	d, err := in.agent.newDialer(id, *c.broker)
	if err != nil {
		in.agent.cfg.Log.Error("the connections of an instance can't be made", "instance", id, "error", err)
		return
	}
	defer d.close()
	if c.adopted {
		if err := d.recount(ctx, in.processes(c)); err != nil {
			d.log.Warn("the connections that an instance has can't be counted, so that it may have as many again", "error", err)
		}
	}
	for ends := 1; ctx.Err() == nil; ends++ {
		began := d.now()
		err := call(ctx, in.agent.cfg.brokerSocket(in.socketDir), d)
		if d.now().Sub(began) >= steadyAfter {
			ends = 1
		}
		if err != nil && ends == 1 && ctx.Err() == nil {
			d.log.Warn("the line to an instance has ended", "error", err)
		}
		pause(ctx, nil, calls.After(ends))
	}
}

// processes are all of the instance now.
func (in *instance) processes(c *child) []int {
	in.mu.Lock()
	d := in.want.Desired
	in.mu.Unlock()
	return in.agent.processes(d, c.process.PID(), processesByUser())
}

// call serves an instance until the line to it ends. Its socket was made by the agent where nobody else can make one.
func call(ctx context.Context, socket string, d *dialer) error {
	conn, err := new(net.Dialer).DialContext(ctx, broker.Network, socket)
	if err != nil {
		return err
	}
	return broker.Serve(ctx, conn.(*net.UnixConn), mostUnderWay, d.dial)
}
