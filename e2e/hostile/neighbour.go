package hostile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// neighbours are members at work in other workspaces.
type neighbours struct {
	clients []*model.Client4
}

func moveIn(t *testing.T, customers ...*machine.Customer) *neighbours {
	t.Helper()
	n := &neighbours{}
	for _, c := range customers {
		n.clients = append(n.clients, c.Admin(t))
	}
	return n
}

// work reads in every workspace, again and again, until done is closed and each has done so many requests at least. It
// gives how long each request took, and the first failure.
func (n *neighbours) work(ctx context.Context, done <-chan struct{}, least int) (took []time.Duration, failed error) {
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, client := range n.clients {
		all.Go(func() {
			for i := 0; ; i++ {
				if i >= least {
					select {
					case <-done:
						return
					default:
					}
				}
				began := time.Now()
				_, _, err := client.GetMe(ctx, "")
				mu.Lock()
				took = append(took, time.Since(began))
				if err != nil && failed == nil {
					failed = err
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return took, failed
}

func p99(took []time.Duration) float64 {
	slices.Sort(took)
	return took[len(took)*99/100].Seconds() * 1000
}

// row prints a figure for whoever collects them.
func row(name string, value float64, unit string, n int) {
	b, _ := json.Marshal(map[string]any{"name": name, "value": value, "unit": unit, "n": n})
	fmt.Println(string(b))
}
