package egress

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestOnlyThePublicInternetIsPublic(t *testing.T) {
	t.Parallel()
	for text, public := range map[string]bool{
		"1.1.1.1": true, "93.184.216.34": true, "223.255.255.255": true, "2606:4700::1111": true, "2a00:1450:4001::8a": true, "::ffff:1.1.1.1": true,
		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "100.64.0.1": false, "100.127.255.255": false, "127.0.0.1": false, "127.255.0.1": false,
		"169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.0.0.170": false, "192.168.1.1": false, "198.18.0.1": false,
		"198.19.255.255": false, "224.0.0.1": false, "240.0.0.1": false, "255.255.255.255": false, "168.63.129.16": false, "::ffff:168.63.129.16": false, "168.63.129.17": true,
		"::": false, "::1": false, "::ffff:127.0.0.1": false, "::ffff:169.254.169.254": false, "::127.0.0.1": false, "fe80::1": false, "fec0::1": false,
		"fc00::1": false, "fd00:ec2::254": false, "ff02::1": false, "64:ff9b::7f00:1": false, "64:ff9b:1::1": false, "100::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "fe80::1%eth0": false, "2606:4700::1%eth0": false,
	} {
		if got := Public(netip.MustParseAddr(text)); got != public {
			t.Errorf("%s: public %t", text, got)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestNetworksAreReadOrNamed(t *testing.T) {
	t.Parallel()
	n, err := ParseNetworks("10.1.0.0/16, 127.0.0.1,fd00::/8")
	if err != nil {
		t.Fatal(err)
	}
	for text, allowed := range map[string]bool{"10.1.2.3": true, "::ffff:10.1.2.3": true, "10.2.0.1": false, "127.0.0.1": true, "127.0.0.2": false, "fd12::1": true, "1.1.1.1": true} {
		if err := n.Check(netip.MustParseAddr(text)); (err == nil) != allowed {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, bad := range []string{",", "10.1.0.1/16", "10.0.0.0/33", "localhost", "fe80::1%eth0", "::ffff:10.0.0.1", "::ffff:10.0.0.0/104"} {
		if _, err := ParseNetworks(bad); err == nil || !strings.Contains(err.Error(), "10.1.0.0/16") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestNamesAreJudgedByWhatIsConnectedTo dials loopback by addresses and by a name.
func TestNamesAreJudgedByWhatIsConnectedTo(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	loopback, err := ParseNetworks("127.0.0.0/8,::1")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "::ffff:127.0.0.1", "::1"} {
		_, err := Networks(nil).Dialer(5*time.Second, true).DialContext(t.Context(), "tcp", net.JoinHostPort(host, port))
		if !errors.Is(err, ErrForbidden) {
			t.Errorf("%s: %v", host, err)
		}
	}
	conn, err := loopback.Dialer(5*time.Second, false).DialContext(t.Context(), "tcp", net.JoinHostPort("localhost", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
}

func TestWhatIsNotEncryptedGoesOnlyToNamedNetworks(t *testing.T) {
	t.Parallel()
	d := Networks(nil).Dialer(time.Second, false)
	if err := d.ControlContext(t.Context(), "tcp4", "1.1.1.1:80", nil); !errors.Is(err, ErrForbidden) {
		t.Errorf("%v", err)
	}
	if err := Networks(nil).Dialer(time.Second, true).ControlContext(t.Context(), "tcp4", "1.1.1.1:443", nil); err != nil {
		t.Errorf("%v", err)
	}
}
