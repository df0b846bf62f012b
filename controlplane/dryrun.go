package controlplane

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/longhouse-dev/longhouse/internal/id"
	"github.com/longhouse-dev/longhouse/tenants"
)

const (
	dryRunName = "dry_run"
	// planType tells a plan from the ordinary answer of the same status.
	planType = "application/vnd.longhouse.plan+json"
)

// Plan is what a write would do. Ids of what would be new are examples.
type Plan struct {
	DryRun     bool               `json:"dry_run" doc:"Always true: nothing was changed"`
	Sentence   string             `json:"sentence" doc:"For humans"`
	Changes    []PlannedChange    `json:"changes" doc:"In their order, as the audit trail would tell them; none: everything is so already"`
	Operations []PlannedOperation `json:"operations" doc:"Work that would begin"`
}

// PlannedChange is one thing that would happen at once.
type PlannedChange struct {
	Action  string            `json:"action" doc:"As in the audit trail" example:"workspace.create"`
	Subject string            `json:"subject" doc:"The id of what it would be done to"`
	Details map[string]string `json:"details,omitempty"`
}

// PlannedOperation is work that would go on after the answer.
type PlannedOperation struct {
	Kind      string   `json:"kind"`
	Workspace string   `json:"workspace,omitempty"`
	Steps     []string `json:"steps" doc:"In their order"`
	Usual     *Usual   `json:"usual,omitempty" doc:"How long operations of its kind took lately"`
}

func dryRunParam() *huma.Param {
	return &huma.Param{Name: dryRunName, In: "query", Schema: &huma.Schema{Type: "boolean"},
		Description: "true: answer with the plan, change nothing. Everything is checked as for the real thing"}
}

// documentPlan notes that a write may answer with a plan.
func (s *Server) documentPlan(item *huma.PathItem, op huma.Operation) {
	at := map[string]*huma.Operation{post: item.Post, put: item.Put, remove: item.Delete}[op.Method]
	schema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Plan](), true, "Plan")
	answer := at.Responses["200"]
	if answer == nil {
		answer = &huma.Response{Description: "The plan, where `dry_run` is true", Content: map[string]*huma.MediaType{}}
		at.Responses["200"] = answer
	}
	answer.Content[planType] = &huma.MediaType{Schema: schema}
}

// takeDryRun reads the parameter and takes it away.
func takeDryRun(r *http.Request) (*http.Request, bool, error) {
	query := r.URL.Query()
	given, ok := query[dryRunName]
	if !ok {
		return r, false, nil
	}
	if len(given) != 1 || given[0] != "true" && given[0] != "false" {
		return r, false, wrongQuery(r.Context(), dryRunName, "dry_run is true or false, once")
	}
	query.Del(dryRunName)
	shorter := r.WithContext(r.Context())
	shorter.URL = &url.URL{}
	*shorter.URL = *r.URL
	shorter.URL.RawQuery = query.Encode()
	return shorter, given[0] == "true", nil
}

// rehearse serves a write in a transaction that is rolled back, and answers with what it would have done, or with the
// refusal that it would have got.
func (s *Server) rehearse(w http.ResponseWriter, r *http.Request, op *huma.Operation, serve http.HandlerFunc) error {
	ctx, rehearsal := tenants.WithRehearsal(r.Context())
	held := &recording{header: http.Header{}}
	serve(held, r.WithContext(ctx))
	switch {
	case held.status/100 != 2:
		held.writeTo(w)
		return nil
	case !rehearsal.Done():
		return fmt.Errorf("%s has no transaction that could be rehearsed", op.OperationID)
	}
	plan, err := s.plan(r, rehearsal)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", planType)
	w.WriteHeader(http.StatusOK)
	_ = json.NewEncoder(w).Encode(plan) // nobody is left to tell
	return nil
}

func (s *Server) plan(r *http.Request, done *tenants.Rehearsal) (Plan, error) {
	plan := Plan{DryRun: true, Changes: []PlannedChange{}, Operations: []PlannedOperation{}}
	for _, e := range done.Events {
		plan.Changes = append(plan.Changes, PlannedChange{Action: e.Action, Subject: e.Subject, Details: e.Details})
	}
	for _, op := range done.Operations {
		usual, err := s.store.Usual(r.Context(), op.Kind)
		if err != nil {
			return Plan{}, err
		}
		plan.Operations = append(plan.Operations, PlannedOperation{Kind: string(op.Kind), Workspace: showOptional(id.Workspace, op.Workspace),
			Steps: s.config.Steps(op.Kind), Usual: showUsual(usual)})
	}
	plan.Sentence = plan.sentence()
	return plan, nil
}

func (p Plan) sentence() string {
	if len(p.Changes) == 0 {
		return "Nothing would change: everything is so already."
	}
	text := "This would be done"
	for i, c := range p.Changes {
		text += map[bool]string{true: ": ", false: ", "}[i == 0] + c.Action
	}
	for _, op := range p.Operations {
		text += fmt.Sprintf("; then %s in %d steps", op.Kind, len(op.Steps))
		if op.Usual != nil {
			text += fmt.Sprintf(", which lately took %.1f s", op.Usual.Median)
		}
	}
	return text + ". Nothing was changed."
}
