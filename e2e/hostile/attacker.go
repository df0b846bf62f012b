package hostile

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/longhouse-dev/longhouse/e2e/machine"
	"github.com/longhouse-dev/longhouse/internal/attack"
	"github.com/longhouse-dev/longhouse/provisioner/workload"
	"github.com/longhouse-dev/longhouse/provisioner/workload/process"
)

// instance is what the machine's folder says of a workspace's instance.
type instance struct {
	desired workload.Desired
	sockets string // the folder of its sockets
	agent   *process.Client
}

// find looks for the instance of a workspace.
func find(t *testing.T, m *machine.Machine, workspace string) instance {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(m.Dir, "agent", "instances", "*", "desired.json"))
	for _, file := range files {
		var saved struct {
			Desired   workload.Desired `json:"desired"`
			SocketDir string           `json:"socket_dir"`
		}
		b, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(b, &saved)
		}
		if err != nil {
			t.Fatal(err)
		}
		if saved.Desired.Env["LONGHOUSE_WORKSPACE_ID"] == workspace {
			return instance{saved.Desired, filepath.Join(m.Dir, "run", saved.SocketDir), process.NewClient(process.Socket(m.Dir))}
		}
	}
	t.Fatalf("no instance of %s", workspace)
	return instance{}
}

func (i instance) observe(t *testing.T) workload.Observed {
	t.Helper()
	o, err := i.agent.Observe(t.Context(), i.desired.ID)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// attack has the instance make an attack. No answer means that the attack was its end.
func (i instance) attack(t *testing.T, name string, aim attack.Aim) (tries []attack.Try, answered bool) {
	t.Helper()
	body, err := json.Marshal(aim)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(i.sockets, "edge", "s"))
	}}}
	resp, err := client.Post("http://hostile/attack/"+name, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("attack %s: the instance answered %s", name, resp.Status)
	}
	return tries, json.NewDecoder(resp.Body).Decode(&tries) == nil
}
