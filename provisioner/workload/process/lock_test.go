package process

import (
	"os"
	"testing"
	"time"
)

func TestLockThatIsHeldForAMomentIsWaitedFor(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	if err := os.MkdirAll(c.agentDir(), 0o700); err != nil {
		t.Fatal(err)
	}
	before, err := c.lock()
	if err != nil {
		t.Fatal(err)
	}
	ends := time.AfterFunc(200*time.Millisecond, func() { _ = before.Close() })
	defer ends.Stop()
	after, err := c.lock()
	if err != nil {
		t.Fatal(err)
	}
	_ = after.Close()
}
