package scenario

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// form is how what stands under a key of a log line looks, in all parts.
var form = map[string]*regexp.Regexp{
	"request":   regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`),
	"tenant":    regexp.MustCompile(`^ten_[0-9a-hjkmnp-tv-z]{26}$`),
	"workspace": regexp.MustCompile(`^ws_[0-9a-hjkmnp-tv-z]{26}$`),
	"operation": regexp.MustCompile(`^op_[0-9a-hjkmnp-tv-z]{26}$`),
	"trace":     regexp.MustCompile(`^[0-9a-f]{32}$`),
}

// elsewhere are the keys under which ids stand that are there for another reason: who asked, and where to look.
var elsewhere = []string{"principal", "subject", "instance", "path", "error", "detail"}

var otherNames = regexp.MustCompile(`^(request|tenant|workspace|operation|trace)[_-]?id$|^took$|^duration$|^elapsed$`)

type logLine map[string]any

// logs are the lines of each part, PostgreSQL left out.
func logs(t *testing.T, m *machine.Machine) map[string][]logLine {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(m.Dir, "logs", "*.log"))
	instances, _ := filepath.Glob(filepath.Join(m.Dir, "logs", "instances", "*.log"))
	all := map[string][]logLine{}
	for _, file := range append(files, instances...) {
		part := strings.TrimSuffix(filepath.Base(file), ".log")
		if strings.HasPrefix(part, "pg-") {
			continue
		}
		if filepath.Base(filepath.Dir(file)) == "instances" {
			part = "instance"
		}
		if strings.HasPrefix(part, "worker-") || strings.HasPrefix(part, "solo-") { // either may be the one that works
			part = "worker"
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for text := range strings.Lines(string(data)) {
			var line logLine
			if err := json.Unmarshal([]byte(text), &line); err != nil {
				t.Errorf("%s wrote what is no JSON: %s", file, text)
				continue
			}
			all[part] = append(all[part], line)
		}
	}
	return all
}

// logsSpeakAlike looks at the lines of all parts: the same thing has the same name in each, and one request is found by one id
// wherever it went.
func logsSpeakAlike(t *testing.T, m *machine.Machine, c *machine.Customer) {
	all := logs(t, m)
	for part, lines := range all {
		for _, line := range lines {
			checkLine(t, part, line)
		}
	}
	for _, part := range []string{"control", "worker", "edge", "store", "agent", "instance"} {
		if len(all[part]) == 0 {
			t.Errorf("%s wrote nothing", part)
		}
	}
	of := func(part, message string, about logLine) logLine {
		t.Helper()
		for _, line := range all[part] {
			same := func(key string) bool { return line[key] == about[key] }
			if line["msg"] == message && !slices.ContainsFunc(slices.Collect(maps.Keys(about)), func(key string) bool { return !same(key) }) {
				return line
			}
		}
		t.Fatalf("%s has no line %q with %v", part, message, about)
		return nil
	}
	asked := of("control", "request", logLine{"workspace": c.Workspace.ID, "operation": c.Operation.ID, "route": "/api/v1/signup"})
	of("worker", "operation over", logLine{"request": asked["request"], "tenant": asked["tenant"], "workspace": c.Workspace.ID, "operation": c.Operation.ID})
	of("instance", "admin request", logLine{"request": asked["request"], "workspace": c.Workspace.ID})
	if visit := of("edge", "request", logLine{"workspace": c.Workspace.ID}); visit["request"] == nil || visit["seconds"] == nil {
		t.Errorf("the edge says %v", visit)
	}
	for _, line := range all["instance"] {
		if line["workspace"] == nil {
			t.Errorf("nobody knows whose instance says %v", line)
		}
	}
}

func checkLine(t *testing.T, part string, line logLine) {
	for _, key := range []string{"time", "level", "msg"} {
		if line[key] == nil {
			t.Errorf("%s: no %s in %v", part, key, line)
		}
	}
	for key, value := range line {
		text, isText := value.(string)
		switch looks := form[key]; {
		case otherNames.MatchString(key):
			t.Errorf("%s calls something %s: %v", part, key, line)
		case looks != nil && !looks.MatchString(text):
			t.Errorf("%s: %s is %v", part, key, value)
		case key == "seconds":
			if _, ok := value.(float64); !ok {
				t.Errorf("%s: seconds are %v", part, value)
			}
		case looks == nil && isText && !slices.Contains(elsewhere, key):
			for name, form := range form {
				if name != "request" && form.MatchString(text) {
					t.Errorf("%s: a %s stands under %s: %v", part, name, key, line)
				}
			}
		}
	}
}
