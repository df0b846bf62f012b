package actions

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/longhouse-dev/longhouse/workspace-server/fault"
	"github.com/longhouse-dev/longhouse/workspace-server/outbound"
	"github.com/longhouse-dev/longhouse/workspace-server/realtime"
	"github.com/longhouse-dev/longhouse/workspace-server/wire"
)

type opened struct {
	Dialog string `json:"dialog"`
}

// Open shows a dialog to whom the trigger id is of, if it is good still.
func (r *Runner) Open(_ context.Context, in wire.OpenDialogRequest) error {
	if !outbound.Valid(in.URL) {
		return fault.BadBody("url", "an address that begins with http:// or https://")
	}
	client, user, err := r.Triggers.Open(in.TriggerID)
	if err != nil {
		return err
	}
	if err := check(in.Dialog); err != nil {
		return err
	}
	in.TriggerID = client
	r.Hub.Publish(realtime.Event{Name: realtime.OpenDialog, Data: opened{realtime.Text(in)}, To: wire.Broadcast{UserID: user}})
	return nil
}

// Submit tells a program what somebody has filled in, and them what it says to that.
func (r *Runner) Submit(ctx context.Context, in wire.SubmitDialogRequest) (wire.SubmitDialogResponse, error) {
	if in.Type != "refresh" { // which a field may ask for whose choice changes others
		in.Type = "dialog_submission"
	}
	out, err := submit[wire.SubmitDialogResponse](ctx, r, in)
	if err != nil || out.Error != "" || len(out.Errors) > 0 {
		return out, err
	}
	switch {
	case !slices.Contains([]string{"", "ok", "navigate", "form"}, out.Type):
		return out, failed("answered with a type other than ok, navigate or form")
	case (out.Type == "form") != (out.Form != nil):
		return out, failed("answered with a form of another type, or the other way round")
	case out.Form != nil:
		return out, check(*out.Form)
	}
	return out, nil
}

// Lookup asks a program what there is to choose.
func (r *Runner) Lookup(ctx context.Context, in wire.SubmitDialogRequest) (wire.LookupDialogResponse, error) {
	in.Type = cmp.Or(in.Type, "dialog_lookup")
	out, err := submit[wire.LookupDialogResponse](ctx, r, in)
	if out.Items == nil {
		out.Items = []wire.DialogOption{}
	}
	return out, err
}

func submit[T any](ctx context.Context, r *Runner, in wire.SubmitDialogRequest) (out T, err error) {
	to := in.URL
	if !outbound.Valid(to) {
		return out, fault.BadBody("url", "an address that begins with http:// or https://")
	}
	in.URL = ""
	if in.Submission == nil {
		in.Submission = map[string]json.RawMessage{}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return out, err
	}
	return ask[T](ctx, r, outbound.Call{For: "dialog", By: in.UserID, Method: http.MethodPost, URL: to, Kind: "application/json", Body: body})
}
