package repository

import "strings"

// bech32 is how age writes keys, in capitals: BIP 173, of which age exports no encoder. The prefix is in capitals too.
func bech32(prefix string, data []byte) string {
	const letters = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	values := regroup(data)
	sum := checksum(strings.ToLower(prefix), values)
	var b strings.Builder
	b.WriteString(prefix)
	b.WriteByte('1')
	for _, v := range append(values, sum...) {
		b.WriteByte(letters[v])
	}
	return b.String()
}

// regroup has five bits in each byte instead of eight, with zeros at the end.
func regroup(data []byte) (values []byte) {
	var bits, n uint
	for _, b := range data {
		bits, n = bits<<8|uint(b), n+8
		for ; n >= 5; n -= 5 {
			values = append(values, byte(bits>>(n-5))&31)
		}
	}
	if n > 0 {
		values = append(values, byte(bits<<(5-n))&31)
	}
	return values
}

func checksum(prefix string, values []byte) []byte {
	var expanded []byte
	for i := range len(prefix) {
		expanded = append(expanded, prefix[i]>>5)
	}
	expanded = append(expanded, 0)
	for i := range len(prefix) {
		expanded = append(expanded, prefix[i]&31)
	}
	expanded = append(append(expanded, values...), make([]byte, 6)...)
	state := uint32(1)
	for _, v := range expanded {
		top := state >> 25
		state = (state&0x1ffffff)<<5 ^ uint32(v)
		for i, generator := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				state ^= generator
			}
		}
	}
	state ^= 1
	sum := make([]byte, 6)
	for i := range sum {
		sum[i] = byte(state>>(5*(5-i))) & 31
	}
	return sum
}
