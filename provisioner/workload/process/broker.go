package process

import (
	"context"
	"net"
	"time"

	"github.com/longhouse-dev/longhouse/internal/broker"
)

// callAgain is the wait before an instance is called again whose line has ended.
const callAgain = 200 * time.Millisecond

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
	for ctx.Err() == nil {
		if err := call(ctx, in.agent.cfg.brokerSocket(in.socketDir), d); err != nil && ctx.Err() == nil {
			d.log.Warn("the line to an instance has ended", "error", err)
		}
		pause(ctx, nil, callAgain)
	}
}

// call serves an instance until the line to it ends. Its socket was made by the agent where nobody else can make one.
func call(ctx context.Context, socket string, d *dialer) error {
	conn, err := new(net.Dialer).DialContext(ctx, broker.Network, socket)
	if err != nil {
		return err
	}
	return broker.Serve(ctx, conn.(*net.UnixConn), mostUnderWay, d.dial)
}
