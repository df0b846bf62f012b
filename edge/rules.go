package edge

import (
	"encoding/json"
	"fmt"

	"github.com/longhouse-dev/longhouse/edge/feed"
)

// rules are a workspace's IP filter as the edge keeps it until somebody comes: encoded. A million rules are then nothing that each
// garbage collection looks through, and an edge that begins need not read them. Without a filter they are nil.
type rules []byte

// keepRules returns an error, and rules that let nobody in, where the filter can't be encoded.
func keepRules(f *feed.Filter) (rules, error) {
	if f == nil {
		return nil, nil
	}
	text, err := json.Marshal(f)
	if err != nil {
		return rules("{}"), fmt.Errorf("the IP filter lets nobody in: %w", err)
	}
	return text, nil
}

// read returns the filter. What can't be read lets nobody in.
func (r rules) read() *feed.Filter {
	if r == nil {
		return nil
	}
	var f feed.Filter
	if err := json.Unmarshal(r, &f); err != nil {
		return &feed.Filter{}
	}
	return &f
}
