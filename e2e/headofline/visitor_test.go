package headofline

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// visitors are customers who come one after the other.
type visitors struct {
	machine *machine.Machine
	n       int
	there   []workspace // of those who are still there
}

// workspace is one that a visitor has.
type workspace struct {
	token string
	ID    string `json:"id"`
	URL   string `json:"url"`
}

// arrive signs a customer up and returns how many seconds it took until the workspace answered.
func (v *visitors) arrive(t *testing.T) float64 {
	t.Helper()
	v.n++
	slug := fmt.Sprintf("visitor-%03d", v.n)
	body := fmt.Sprintf(`{"email":"owner@%s.example","password":"a long enough password","tenant":%q,"slug":%q}`, slug, slug, slug)
	began := time.Now()
	resp, err := http.Post(v.machine.Up.API+"/api/v1/signup", "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("sign-up answered %s: %s, %v", resp.Status, raw, err)
	}
	var up struct {
		Token     string    `json:"token"`
		Workspace workspace `json:"workspace"`
	}
	if err := json.Unmarshal(raw, &up); err != nil {
		t.Fatal(err)
	}
	up.Workspace.token = up.Token
	v.there = append(v.there, up.Workspace)
	client := v.machine.HTTP()
	machine.Eventually(t, time.Minute, slug+" to answer", func() error {
		resp, err := client.Get(up.Workspace.URL + "/api/v4/system/ping")
		if err != nil {
			return err
		}
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("it answers %s", resp.Status)
		}
		return nil
	})
	return time.Since(began).Seconds()
}

// leaveAtATime is how many stop at a time: fewer than operations of a kind may go on in a cell.
const leaveAtATime = 10

// leave has the workspaces stopped: their instances would take the memory of those who come next.
func (v *visitors) leave(t *testing.T, beside *victim) {
	t.Helper()
	for some := range slices.Chunk(v.there, leaveAtATime) {
		for _, ws := range some {
			v.stop(t, ws)
		}
		beside.calm(t)
	}
	v.there = nil
}

func (v *visitors) stop(t *testing.T, ws workspace) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.machine.Up.API+"/api/v1/workspaces/"+ws.ID+"/stop", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+ws.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusAccepted {
		t.Fatalf("to stop a visitor's workspace answered %s", resp.Status)
	}
}
