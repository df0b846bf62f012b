package edge

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

func TestLinesGrowOldAndRetire(t *testing.T) {
	t.Parallel()
	var l lines
	ours := func() (*line, net.Conn) {
		a, b := net.Pipe()
		t.Cleanup(func() { _ = b.Close() })
		return &line{Conn: a}, b
	}
	closed := func(far net.Conn) bool {
		_ = far.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := far.Read(make([]byte, 1))
		return errors.Is(err, io.EOF)
	}
	old, farOld := ours()
	young, farYoung := ours()
	l.give(old)
	l.give(young)
	old.freed = time.Now().Add(-idleUpstreamLimit)
	l.sweep()
	if !closed(farOld) || closed(farYoung) || l.take() != young || l.take() != nil {
		t.Error("the old line goes, the young one stays")
	}
	l.give(young)
	l.retire()
	late, farLate := ours()
	l.give(late)
	if !closed(farYoung) || !closed(farLate) {
		t.Error("a line to a retired instance stays open")
	}
	if l.sweeper != nil {
		t.Error("the sweeper outlives the lines")
	}
}
