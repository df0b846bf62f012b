package tenants

import "time"

// giveUpAfter is how long a webhook may acknowledge nothing before it is disabled. It does not follow from the pauses: the
// first failure after so long is the last.
const giveUpAfter = 72 * time.Hour

// pauses are how long what failed is left alone, by the number of failures since the last success; the last one repeats.
var pauses = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 12 * time.Hour,
}

// pause is how long a webhook is left alone after so many failures, at least as long as it asked for. chance, from 0 to 1,
// makes it up to a fifth longer, so that what failed together is not tried together.
func pause(failures int, asked time.Duration, chance float64) time.Duration {
	p := pauses[min(failures, len(pauses))-1]
	p += time.Duration(chance * float64(p) / 5)
	return max(p, min(asked, pauses[len(pauses)-1]))
}
