package scenario

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// asked are the files whose questions the figures have to answer.
var asked = []string{"../../deploy/prometheus/rules.yml", "../../deploy/grafana/longhouse.json"}

var (
	ownName  = regexp.MustCompile(`\blonghouse_[a-z0-9_]+`)
	exposed  = regexp.MustCompile(`(?m)^# TYPE (longhouse_[a-z0-9_]+) (\w+)$`)
	oneOfIDs = regexp.MustCompile(`\b(ws|ten|op|per)_[0-9a-hjkmnp-tv-z]{26}\b`)
)

// figuresAnswer looks for every figure that alert rules and dashboard ask for, and for what no figure may name.
func figuresAnswer(t *testing.T, m *machine.Machine, slugs ...string) {
	var there []string
	for _, part := range []string{"", "/control", "/edge"} {
		text := figures(t, m.Up.Metrics+part)
		for _, family := range exposed.FindAllStringSubmatch(text, -1) {
			there = append(there, family[1])
			if family[2] == "histogram" {
				there = append(there, family[1]+"_bucket", family[1]+"_sum", family[1]+"_count")
			}
		}
		if found := oneOfIDs.FindString(text); found != "" {
			t.Errorf("the figures at /metrics%s name %s", part, found)
		}
		for _, slug := range slugs {
			if strings.Contains(text, slug) {
				t.Errorf("the figures at /metrics%s name the workspace %s", part, slug)
			}
		}
	}
	for _, file := range asked {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range ownName.FindAllString(string(data), -1) {
			if !slices.Contains(there, name) {
				t.Errorf("%s asks for %s, which nobody tells", file, name)
			}
		}
	}
}

func figures(t *testing.T, url string) string {
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
