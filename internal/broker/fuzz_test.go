package broker

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzPacket: whatever a program puts into a packet, its answer fits into one, bears its number, and says no.
func FuzzPacket(f *testing.F) {
	for _, packet := range []string{`{"id":1,"network":"tcp","address":"localhost:80"}`, `{"id":18446744073709551615,"network":"\u0000","address":"` + strings.Repeat(`\u0000`, 600) + `"}`, `{"id":-1}`, `{"id":1e99}`, `{"id":1}{}`, "null", "[]", "", "\xff", strings.Repeat("[", longestPacket)} {
		f.Add([]byte(packet), 7)
	}
	f.Fuzz(func(t *testing.T, packet []byte, errno int) {
		packet = packet[:min(len(packet), longestPacket)] // the rest of a longer one is cut off
		var asked request
		if err := decode(packet, &asked); err != nil {
			if len(packet) > 30 && strings.Contains(err.Error(), string(packet)) {
				t.Errorf("%q is repeated: %v", packet, err)
			}
			return
		}
		answer := encode(refusal(asked.ID, fmt.Errorf("%s %s is not among the addresses: %w", asked.Network, asked.Address, failure{reply{Timeout: errno%2 == 0}})))
		var back reply
		if err := decode(answer, &back); err != nil || len(answer) > longestPacket || back.ID != asked.ID || back.Why == "" || !utf8.ValidString(back.Why) || back.Timeout != (errno%2 == 0) || !json.Valid(packet) {
			t.Errorf("%q is answered %q, which says %+v, %v", packet, answer, back, err)
		}
	})
}

// FuzzHeldNumber: a number that was given to a connection comes back from what the kernel shows of it.
func FuzzHeldNumber(f *testing.F) {
	f.Add(int32(0), "tfd: 7 events: 18 data: x")
	f.Add(int32(-1), "tfd:")
	f.Add(int32(math.MaxInt32), "pos:\t0")
	f.Fuzz(func(t *testing.T, number int32, raw string) {
		line := fmt.Sprintf("tfd: %8d events: %8x data: %16x  pos:%d ino:%x sdev:%x", 7, 0x18, uint32(number), 0, 42, 9)
		if got, ok, err := heldNumber(line); got != number || !ok || err != nil {
			t.Errorf("%q is %d, %t, %v", line, got, ok, err)
		}
		if _, ok, err := heldNumber(raw); (ok || err != nil) && !strings.HasPrefix(raw, "tfd:") {
			t.Errorf("%q is a connection: %v", raw, err)
		}
	})
}
