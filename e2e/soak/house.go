package soak

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/mattermost/mattermost/server/public/model"

	"github.com/longhouse-dev/longhouse/e2e/machine"
)

// house is a customer with one workspace that is lived in, and what was acknowledged to its people.
type house struct {
	*machine.Customer
	random     *rand.Rand
	client     *model.Client4
	channel    string
	posts      map[string]*said // by the post's id
	operations []string
}

// settle signs a customer up and makes the workspace ready to be talked in.
func settle(t *testing.T, m *machine.Machine, slug string, random *rand.Rand) *house {
	t.Helper()
	h := &house{Customer: m.SignUp(t, slug), random: random, posts: map[string]*said{}}
	h.client = h.Admin(t)
	h.client.HTTPClient.Timeout = 15 * time.Second
	team, _, err := h.client.CreateTeam(t.Context(), &model.Team{Name: "house", DisplayName: "House", Type: model.TeamOpen})
	if err != nil {
		t.Fatal(err)
	}
	channel, _, err := h.client.CreateChannel(t.Context(), &model.Channel{TeamId: team.Id, Name: "hearth", DisplayName: "Hearth", Type: model.ChannelTypeOpen})
	if err != nil {
		t.Fatal(err)
	}
	h.channel = channel.Id
	return h
}

// run has the workspace stopped and started, deleted and brought back, and others made and deleted, now and then. What is refused, or not answered
// because a part is dead, is not noted: only what was acknowledged has to come true.
func (h *house) run(ctx context.Context) {
	random := rand.New(rand.NewPCG(h.random.Uint64(), 1))
	for i := 0; ctx.Err() == nil; i++ {
		pause(ctx, random, 40*time.Second)
		switch n := random.IntN(10); {
		case n < 2:
			h.ask("workspaces", "stop", h.Slug)
		case n < 3:
			h.ask("workspaces", "delete", h.Slug)
		case n < 8:
			h.ask("workspaces", "undelete", h.Slug)
			h.ask("workspaces", "start", h.Slug)
		default:
			h.comeAndGo(ctx, fmt.Sprintf("%s-%d", h.Slug, i))
		}
	}
}

// comeAndGo makes a second workspace and deletes it at once.
func (h *house) comeAndGo(ctx context.Context, slug string) {
	if !h.ask("workspaces", "create", "--slug", slug) {
		return
	}
	for ctx.Err() == nil {
		if h.ask("workspaces", "delete", slug, "--now", "--yes") {
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second):
		}
	}
}

// ask asks for an operation, and notes it when it was acknowledged.
func (h *house) ask(args ...string) bool {
	out, _, err := h.Machine.TryCLI(h.Token, args...)
	var answer struct {
		ID        string `json:"id"`
		Operation struct {
			ID string `json:"id"`
		} `json:"operation"`
	}
	if err != nil || json.Unmarshal(out, &answer) != nil {
		return false
	}
	if answer.Operation.ID != "" {
		answer.ID = answer.Operation.ID
	}
	if answer.ID != "" { // what was stopped is brought back without one
		h.operations = append(h.operations, answer.ID)
	}
	return true
}

// wake brings the workspace back, or starts it, and reports whether it answers.
func (h *house) wake(ctx context.Context) error {
	h.ask("workspaces", "undelete", h.Slug)
	h.ask("workspaces", "start", h.Slug)
	_, resp, err := h.client.GetPing(ctx)
	if err == nil && resp.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %d", resp.StatusCode)
	}
	return err
}

// check looks for everything that was acknowledged.
func (h *house) check(t *testing.T) {
	t.Helper()
	for _, id := range h.operations {
		h.Machine.Ended(t, h.Token, id)
	}
	for id, s := range h.posts {
		post, _, err := h.client.GetPost(t.Context(), id, "")
		if err != nil {
			t.Errorf("%s: the acknowledged post %s is gone: %v", h.Slug, id, err)
			continue
		}
		h.same(t, post, s)
	}
}
