package deploy

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v2"
)

// promtool is the one of the machine, or the one that `make test` has unpacked.
func promtool(t *testing.T, dir string, args ...string) {
	t.Helper()
	program, err := exec.LookPath("promtool")
	if err != nil {
		program, err = filepath.Abs("../bin/promtool")
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(program, args...)
	c.Dir = dir
	if said, err := c.CombinedOutput(); err != nil {
		t.Errorf("promtool %v: %v\n%s", args, err, said)
	}
}

func TestPrometheusTakesConfigurationAndRules(t *testing.T) {
	t.Parallel()
	promtool(t, "prometheus", "check", "config", "prometheus.yml")
	promtool(t, "prometheus", "test", "rules", "rules_test.yml")
}

func decode(t *testing.T, file string, read func([]byte, any) error, into any) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = read(data, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func unmarshalYAML(data []byte, into any) error { return yaml.Unmarshal(data, into) }

func TestEveryAlertIsSeenToFire(t *testing.T) {
	t.Parallel()
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert string }
		}
	}
	decode(t, "prometheus/rules.yml", unmarshalYAML, &rules)
	var tests struct {
		Tests []struct {
			Alerts []struct {
				Name   string `yaml:"alertname"`
				Expect []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		}
	}
	decode(t, "prometheus/rules_test.yml", unmarshalYAML, &tests)
	var fired []string
	for _, test := range tests.Tests {
		for _, a := range test.Alerts {
			if len(a.Expect) > 0 {
				fired = append(fired, a.Name)
			}
		}
	}
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if rule.Alert != "" && !slices.Contains(fired, rule.Alert) {
				t.Errorf("no test sees %s fire", rule.Alert)
			}
		}
	}
}

func TestThePanelsOfTheDashboardAskWhatPrometheusUnderstands(t *testing.T) {
	t.Parallel()
	var dashboard struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	decode(t, "grafana/longhouse.json", json.Unmarshal, &dashboard)
	type rule struct {
		Record string `json:"record"`
		Expr   string `json:"expr"`
	}
	type group struct {
		Name  string `json:"name"`
		Rules []rule `json:"rules"`
	}
	var rules struct { // JSON is YAML
		Groups []group `json:"groups"`
	}
	for _, panel := range dashboard.Panels {
		if panel.Type != "row" && len(panel.Targets) == 0 {
			t.Errorf("panel %s asks nothing", panel.Title)
		}
		for i, target := range panel.Targets {
			rules.Groups = append(rules.Groups, group{fmt.Sprint(panel.Title, i, len(rules.Groups)), []rule{{"panel:asks", target.Expr}}})
		}
	}
	data, err := json.Marshal(rules)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, ".", "check", "rules", "--lint=none", file)
}
