package process

import (
	"errors"
	"net"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/egress"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
)

// It looks at what is judged, as nobody knows who answers at a public address from here.
func TestTheMachinesOwnAddressesAreNotOutside(t *testing.T) {
	t.Parallel()
	own := func() ([]net.Addr, error) {
		return []net.Addr{&net.IPNet{IP: net.ParseIP("93.184.216.34"), Mask: net.CIDRMask(24, 32)}, &net.IPNet{IP: net.ParseIP("2606:4700::1111"), Mask: net.CIDRMask(64, 128)}}, nil
	}
	none := func() ([]net.Addr, error) { return nil, errors.New("nobody knows") }
	for _, c := range []struct {
		networks, network, address string
		own                        func() ([]net.Addr, error)
		forbidden                  bool
	}{
		{"", "tcp4", "93.184.216.34:443", own, true}, {"", "tcp6", "[::ffff:93.184.216.34]:443", own, true}, {"", "tcp6", "[2606:4700::1111]:443", own, true}, {"", "tcp4", "93.184.216.35:443", own, false},
		{"", "tcp6", "[2606:4700::1112]:443", own, false}, {"93.184.216.34", "tcp4", "93.184.216.34:443", own, false}, {"", "tcp4", "93.184.216.35:443", none, true}, {"", "tcp4", "10.0.0.1:443", own, true},
	} {
		d := dialers(t, 1, c.networks, workload.Broker{Internet: true})[0]
		d.ownAddresses = c.own
		if err := d.outside().ControlContext(t.Context(), c.network, c.address, nil); errors.Is(err, egress.ErrForbidden) != c.forbidden || !c.forbidden && err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

// What has few connections has no more of them by another name.
func TestAPlaceIsNotReachedAsTheInternet(t *testing.T) {
	t.Parallel()
	d := dialers(t, 1, "", workload.Broker{Internet: true, Places: []workload.Place{{Address: "93.184.216.34:5432", Most: 20}, {Address: "[2606:4700::1111]:587", Most: 4}, {Address: "93.184.216.34:9000", Most: 64}}})[0]
	d.ownAddresses = func() ([]net.Addr, error) { return nil, nil }
	for address, forbidden := range map[string]bool{"93.184.216.34:5432": true, "[::ffff:93.184.216.34]:5432": true, "[2606:4700::1111]:587": true, "93.184.216.34:443": false, "93.184.216.35:5432": false, "93.184.216.34:9000": false} {
		if err := d.outside().ControlContext(t.Context(), "tcp6", address, nil); errors.Is(err, egress.ErrForbidden) != forbidden || !forbidden && err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}
