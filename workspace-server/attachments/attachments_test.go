package attachments

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/longhouse-dev/longhouse/workspace-server/id"
)

func TestWhatAnActionCallsIsFoundAndNotShown(t *testing.T) {
	t.Parallel()
	props := Named(json.RawMessage(ours))
	names, calls := asked(props)
	if len(names) != 2 || names[0] != "a" || len(names[1]) != id.Length || calls != 1 {
		t.Fatalf("named %q, %d", names, calls)
	}
	got, ok := Find(props, "a")
	if !ok || got.Type != "select" || got.DataSource != "users" || got.Integration.URL != "https://example.com/secret" || string(got.Integration.Context["n"]) != "1" {
		t.Errorf("found %+v", got)
	}
	for _, absent := range []string{"b", "", names[1]} { // the last calls nothing
		if _, ok := Find(props, absent); ok {
			t.Errorf("found %q", absent)
		}
	}
	if shown := string(Shown(props)); strings.Contains(shown, "secret") || !strings.Contains(shown, `"card":"y"`) || !strings.Contains(shown, `"name":"A"`) {
		t.Errorf("shown is %s", shown)
	}
	other := json.RawMessage(`{"attachments":[{"actions":[{"id":"a","integration":{"url":"https://other.example"}},{"id":"c"}]}]}`)
	if kept, _ := Find(Kept(other, props), "a"); kept.Integration.URL != "https://other.example" {
		t.Errorf("kept is %+v", kept.Integration)
	}
}

func TestACookieIsOfItsWorkspace(t *testing.T) {
	t.Parallel()
	j, of := NewJar([]byte("secret")), Cookie{Post: id.New(), Root: id.New(), Channel: id.New(), User: id.New(), Props: json.RawMessage(`{"from_bot":"true"}`)}
	sealed := j.Seal(json.RawMessage(ours), of)
	if strings.Contains(string(sealed), "secret") || strings.Contains(string(sealed), "integration") {
		t.Fatalf("sealed is %s", sealed)
	}
	var cookie string
	each(sealed, func(action object) bool {
		if name(action) == "a" {
			_ = json.Unmarshal(action["cookie"], &cookie)
		}
		return false
	})
	got, err := j.Open(cookie)
	if err != nil || got.ID != "a" || got.Post != of.Post || got.Root != of.Root || got.Channel != of.Channel || got.User != of.User || got.Integration.URL != "https://example.com/secret" || string(got.Props) != string(of.Props) {
		t.Errorf("opened %+v (%v)", got, err)
	}
	for name, text := range map[string]string{"none": "", "no base64": "%", "short": "AAAA", "changed": "A" + cookie[1:]} {
		if _, err := j.Open(text); err == nil && text != cookie {
			t.Errorf("%s is opened", name)
		}
	}
	if _, err := NewJar([]byte("other")).Open(cookie); err == nil {
		t.Error("another workspace opens it")
	}
}
