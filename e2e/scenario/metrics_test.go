package scenario

import (
	"encoding/json"
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
	ownName = regexp.MustCompile(`\blonghouse_[a-z0-9_]+`)
	exposed = regexp.MustCompile(`(?m)^# TYPE ([a-z0-9_]+) (\w+)$`)
	// ofProcess is a figure of every process, and the jobs of which somebody asks it.
	ofProcess = regexp.MustCompile(`\b((?:process|go)_[a-z0-9_]+)(?:\{job(=~?)\\?"([^"\\]+)\\?")?`)
	oneOfIDs  = regexp.MustCompile(`\b(ws|ten|op|per)_[0-9a-hjkmnp-tv-z]{26}\b`)
)

// figuresAnswer looks for every figure that alert rules and dashboard ask for, and for what no figure may name.
func figuresAnswer(t *testing.T, m *machine.Machine, slugs ...string) {
	var there []string
	byJob := map[string][]string{}
	for part, job := range parts(t, m) {
		text := machine.Get(t, m.Up.Metrics+part)
		for _, family := range exposed.FindAllStringSubmatch(text, -1) {
			byJob[job] = append(byJob[job], family[1])
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
		for _, asks := range ofProcess.FindAllStringSubmatch(string(data), -1) {
			for job, names := range byJob {
				matches := asks[2] == "" || asks[3] == job || asks[2] == "=~" && regexp.MustCompile("^(?:"+asks[3]+")$").MatchString(job)
				if matches && !slices.Contains(names, asks[1]) {
					t.Errorf("%s asks %s for %s, which it does not tell", file, job, asks[1])
				}
			}
		}
	}
}

// parts are the paths under /metrics that a Prometheus asks, with their jobs.
func parts(t *testing.T, m *machine.Machine) map[string]string {
	t.Helper()
	var list []struct{ Labels map[string]string }
	if err := json.Unmarshal([]byte(machine.Get(t, strings.TrimSuffix(m.Up.Metrics, "/metrics")+"/targets")), &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"": "longhouse-up"}
	for _, one := range list {
		all[strings.TrimPrefix(one.Labels["__metrics_path__"], "/metrics")] = one.Labels["job"]
	}
	return all
}
