package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// showOperation prints all that is known of an operation. What does not apply is left out.
func showOperation(c *cobra.Command, op client.Operation) error {
	return show(c, op, func(line func(...any)) {
		line("id", op.ID)
		line("kind", op.Kind)
		line("state", op.State)
		line("message", op.Message)
		line("workspace", orDash(op.Workspace))
		line("requested by", op.RequestedBy)
		line("reason", op.Reason)
		line("created", when(op.CreatedAt))
		lineOfTime(line, "started", op.StartedAt)
		lineOfTime(line, "finished", op.FinishedAt)
		if !over(op) {
			line("attempts", op.Attempts)
		}
		if op.Estimate != nil {
			line("estimate", when(op.Estimate.At)+": "+op.Estimate.Sentence)
		}
		lineOfText(line, "failed with", op.Failure)
		lineOfTime(line, "stuck since", op.StuckSince)
		lineOfText(line, "cancelled by", op.CancelledBy)
		lineOfText(line, "cancelled for", op.CancelReason)
		lineOfText(line, "retry of", op.RetryOf)
		for _, st := range steps(op) {
			line("step "+st.Name, st.State, tries(st), orDash(st.Message))
			lineOfText(line, "", st.Failure)
		}
	})
}

func lineOfTime(line func(...any), name string, t *time.Time) {
	if t != nil {
		line(name, when(*t))
	}
}

func lineOfText(line func(...any), name string, text *string) {
	if text != nil && *text != "" {
		line(name, *text)
	}
}

// tries is how often a step was tried, where that says something.
func tries(st client.Step) string {
	if st.Attempts < 2 {
		return "-"
	}
	return fmt.Sprintf("%d attempts", st.Attempts)
}

func steps(op client.Operation) []client.Step {
	if op.Steps == nil {
		return nil
	}
	return *op.Steps
}
