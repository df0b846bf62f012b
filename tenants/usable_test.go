package tenants

import "testing"

func TestATenthIsKeptFreeOfFewToo(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int64]int64{0: 0, 1: 0, 9: 8, 10: 9, 11: 9, 97: 87, 100: 90, 1001: 900, 1 << 62: 1<<62 - (1<<62)/10 - 1} {
		if got, known := (Amount{Dimension: DiskDimension, Measured: &limit}).usable(); !known || got != want {
			t.Errorf("of %d %d may be used, want %d", limit, got, want)
		}
	}
}
