package broker

import (
	"context"
	"maps"
	"net"
	"testing"
)

func TestOpenConnectionsAreCountedUntilTheirLastOwnerClosesThem(t *testing.T) {
	t.Parallel()
	held, err := NewHeld()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(held.Close)
	holds := func(want map[int32]int) {
		t.Helper()
		if got, err := held.Count(); err != nil || !maps.Equal(got, want) {
			t.Errorf("open are %v, want %v, %v", got, want, err)
		}
	}
	client, path := program(t)
	address := echo(t, "tcp", "127.0.0.1:0")
	serve(t, path, 4, func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := anywhere(ctx, "tcp", address)
		if err != nil {
			return nil, err
		}
		number := int32(-7)
		if network == "other" {
			number = 1 << 30
		}
		return conn, held.Add(conn, number)
	})
	holds(map[int32]int{})
	var conns []net.Conn
	for _, network := range []string{"one", "one", "other"} {
		conn, err := client.DialContext(t.Context(), network, "")
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	holds(map[int32]int{-7: 2, 1 << 30: 1})
	_ = conns[2].Close()
	eventually(t, "the end of one", func() bool { n, _ := held.Count(); return len(n) == 1 })
	holds(map[int32]int{-7: 2})
	copied, err := conns[0].(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	_ = conns[0].Close()
	_ = conns[1].Close()
	eventually(t, "the end of another", func() bool { n, _ := held.Count(); return n[-7] == 1 })
	holds(map[int32]int{-7: 1})
	_ = copied.Close()
	eventually(t, "the end of the last", func() bool { n, _ := held.Count(); return len(n) == 0 })
}
