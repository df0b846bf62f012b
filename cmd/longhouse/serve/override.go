package serve

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/longhouse-dev/longhouse/internal/datadir"
)

// override lets variables win over config.toml where one process shall differ from the others.
func override(s datadir.Settings) (datadir.Settings, error) {
	if text, ok := os.LookupEnv("LONGHOUSE_BLANKS"); ok {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 1000 {
			return s, fmt.Errorf("LONGHOUSE_BLANKS=%q: must be a number from 0 to 1000", text)
		}
		s.Blanks = n
	}
	if text, ok := os.LookupEnv("LONGHOUSE_LEASE"); ok {
		d, err := time.ParseDuration(text)
		if err != nil || d < 100*time.Millisecond || d > 10*time.Minute {
			return s, fmt.Errorf("LONGHOUSE_LEASE=%q: must be a duration from 100ms to 10m", text)
		}
		s.Lease.Duration = d
	}
	if text, ok := os.LookupEnv("LONGHOUSE_WEBHOOKS"); ok {
		s.Webhooks = text
	}
	return s, nil
}
