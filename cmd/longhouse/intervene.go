package main

import (
	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func cancelOperationCommand() *cobra.Command {
	var reason string
	var wait bool
	c := &cobra.Command{Use: "cancel ID", Short: "Have an operation taken back", Args: cobra.ExactArgs(1),
		Long: "Have an operation taken back: what nobody has begun ends at once, what is going on turns back at the next border between\ntwo steps. A deletion can't be taken back once its removal has begun."}
	c.Flags().StringVar(&reason, "reason", "", "why, for those who read of it later")
	c.Flags().BoolVar(&wait, "wait", false, "wait until everything is taken back")
	c.RunE = func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		op, err := answer[client.Operation](api.CancelOperation(c.Context(), args[0], nil, client.CancelBody{Reason: optional(reason)}))
		if err != nil {
			return err
		}
		if wait {
			last, err := watch(c, api, op.ID)
			if !over(last) {
				return err
			}
			op = last // that it ended undone is what was asked for
		}
		return showOperation(c, op)
	}
	return c
}

func retryOperationCommand() *cobra.Command {
	return &cobra.Command{Use: "retry ID", Short: "Make an operation's next attempt now, or ask again for what was taken back", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		op, err := answer[client.Operation](api.RetryOperation(c.Context(), args[0], nil))
		if err != nil {
			return err
		}
		return showOperation(c, op)
	}}
}

func whyStuckCommand() *cobra.Command {
	return &cobra.Command{Use: "why-stuck ID", Short: "Say what an operation waits for", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		d, err := answer[client.Diagnosis](api.WhyStuck(c.Context(), args[0]))
		if err != nil {
			return err
		}
		return show(c, d, func(line func(...any)) {
			line(d.Sentence)
			line("state", d.State)
			line("step", orDash(d.Step), "attempts", d.Attempts)
			line("said", d.Message)
			lineOfText(line, "failed with", d.Failure)
			if d.NextAt != nil {
				line("next attempt", when(*d.NextAt))
			}
			if d.Worker != nil {
				line("worker", *d.Worker)
			}
			line("going on", "of its tenant", d.GoingOnOfTenant, "of its kind", d.GoingOnOfKind, "in its cell", d.GoingOnInCell)
			if d.UsualStep != nil {
				line("the step usually takes", d.UsualStep.MedianSeconds, "s, late", d.UsualStep.P95Seconds, "s")
			}
		})
	}}
}
