package machine

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"
)

// Figures are what a part tells a Prometheus; an empty part is `longhouse up` itself.
func (m *Machine) Figures(t testing.TB, part string) string {
	t.Helper()
	url := m.Up.Metrics
	if part != "" {
		url += "/" + part
	}
	return Get(t, url)
}

// Get is what is answered at an address.
func Get(t testing.TB, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %s: %v", url, resp.Status, err)
	}
	return string(text)
}

// Ends is how often processes of these children have ended.
func (m *Machine) Ends(t testing.TB, children ...string) (n int) {
	t.Helper()
	told := m.Figures(t, "")
	for _, child := range children {
		found := regexp.MustCompile(fmt.Sprintf(`(?m)^longhouse_child_ends_total{child=%q} (\d+)$`, child)).FindStringSubmatch(told)
		if found == nil {
			t.Fatalf("the figures don't tell of %s", child)
		}
		once, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		n += once
	}
	return n
}
