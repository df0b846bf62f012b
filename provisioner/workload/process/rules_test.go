package process

import (
	"encoding/json"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/internal/attack"
)

func TestDescriptionOfAnEarlierVersionReachesWhatItDid(t *testing.T) {
	t.Parallel()
	m := setup(t)
	d := m.Desired(t)
	d.Reach, d.Broker = nil, nil
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	body := strings.NewReader(`{"addresses": ["` + ln.Addr().String() + `"]}`)
	resp, err := m.Client(m.run(t, d)).Post("http://instance/attack/connect", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var tries []attack.Try
	if err := json.NewDecoder(resp.Body).Decode(&tries); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(tries, func(try attack.Try) bool { return try.Through && strings.Contains(try.What, ln.Addr().String()) }) {
		t.Errorf("it reaches nothing: %+v", tries)
	}
}
