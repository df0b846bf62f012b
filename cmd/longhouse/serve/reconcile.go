package serve

import (
	"context"
	"time"

	"github.com/longhouse-dev/longhouse/provisioner"
)

// reconcile tries until a restored database agrees with the cells. Until then nobody may work in them.
func (c *control) reconcile(ctx context.Context, engine *provisioner.Engine) error {
	for {
		err := engine.Reconcile(ctx)
		if err == nil {
			return nil
		}
		c.log.Error("the restored database doesn't agree with the cells yet; no operation is worked on until it does", "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
