package strictjson

import (
	"strconv"
	"strings"
)

// digitsMost is how long a number is at most without an exponent. PostgreSQL keeps numbers that way: of the five characters
// 1e300 it makes 301. What people count or measure needs far fewer.
const digitsMost = 40

// digits is at most how many digits a JSON number has when it is written out, zeros in front counted.
func digits(number string) int {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(number), "e")
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	n, err := strconv.Atoi(exponent)
	if exponent != "" && (err != nil || n > digitsMost || n < -digitsMost) {
		return digitsMost + 1
	}
	return max(len(whole)+n, 1) + max(len(fraction)-n, 0)
}
