package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

func planCellCommand() *cobra.Command {
	var destroy bool
	c := onCell("plan NAME", "Show what terraform would change", func(c *cobra.Command, api *connection, name string) error {
		run, err := planCell(c, api, name, destroy)
		if err != nil {
			return err
		}
		return showRun(c, run)
	})
	c.Flags().BoolVar(&destroy, "destroy", false, "plan the end of the cell")
	return c
}

func driftCellCommand() *cobra.Command {
	return onCell("drift NAME", "Show what somebody has changed since the last apply", func(c *cobra.Command, api *connection, name string) error {
		run, err := answer[client.CellRun](api.DriftCell(c.Context(), name, nil))
		if err == nil {
			run, err = awaitRun(c, api, name, run)
		}
		if err != nil {
			return err
		}
		return showRun(c, run)
	})
}

func applyCellCommand() *cobra.Command {
	var plan string
	var yes bool
	c := onCell("apply NAME", "Make a cell what its plan says; without --plan: plan, show, ask", func(c *cobra.Command, api *connection, name string) error {
		if plan == "" {
			made, err := planCell(c, api, name, false)
			if err != nil {
				return err
			}
			if err := tellPlan(c, made); err != nil {
				return err
			}
			if err := ask(c, yes, "Apply this plan?", "y", "use --yes, or --plan "+made.ID); err != nil {
				return err
			}
			plan = made.ID
		}
		run, err := answer[client.CellRun](api.ApplyCell(c.Context(), name, nil, client.ApplyCellBody{Plan: plan}))
		return finishRun(c, api, name, run, err)
	})
	c.Flags().StringVar(&plan, "plan", "", "exactly this plan, as `longhouse cells plan` made it")
	c.Flags().BoolVar(&yes, "yes", false, "don't ask")
	return c
}

func destroyCellCommand() *cobra.Command {
	var plan, confirm string
	c := onCell("destroy NAME", "Take a cell away that nobody lives in; without --plan: plan and show first", func(c *cobra.Command, api *connection, name string) error {
		if plan == "" {
			made, err := planCell(c, api, name, true)
			if err != nil {
				return err
			}
			if err := tellPlan(c, made); err != nil {
				return err
			}
			plan = made.ID
		}
		if err := ask(c, confirm == name, "Type the cell's name to destroy it:", name, "use --confirm "+name); err != nil {
			return err
		}
		run, err := answer[client.CellRun](api.DestroyCell(c.Context(), name, nil, client.DestroyCellBody{Plan: plan, Confirm: name}))
		return finishRun(c, api, name, run, err)
	})
	c.Flags().StringVar(&plan, "plan", "", "exactly this plan, as `longhouse cells plan --destroy` made it")
	c.Flags().StringVar(&confirm, "confirm", "", "the cell's name, to not be asked for it")
	return c
}

func cellRunsCommand() *cobra.Command {
	return onCell("runs NAME", "List what terraform was asked to do about a cell, newest first", func(c *cobra.Command, api *connection, name string) error {
		list, err := all(func(cursor *string, limit *int32) ([]client.CellRun, string, error) {
			page, err := answer[client.ListCellRun](api.ListCellRuns(c.Context(), name, &client.ListCellRunsParams{Cursor: cursor, Limit: limit}))
			return page.Items, page.NextCursor, err
		})
		if err != nil {
			return err
		}
		return show(c, list, func(line func(...any)) {
			line("ID", "KIND", "STATE", "CREATED", "BY", "MESSAGE")
			for _, r := range list {
				line(r.ID, r.Kind, r.State, when(r.CreatedAt), r.RequestedBy, r.Message)
			}
		})
	})
}

// onCell is a verb on one cell.
func onCell(use, short string, do func(c *cobra.Command, api *connection, name string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := connect()
		if err != nil {
			return err
		}
		return do(c, api, args[0])
	}}
}

func planCell(c *cobra.Command, api *connection, name string, destroy bool) (client.CellRun, error) {
	run, err := answer[client.CellRun](api.PlanCell(c.Context(), name, nil, client.PlanCellBody{Destroy: &destroy}))
	if err != nil {
		return run, err
	}
	return awaitRun(c, api, name, run)
}

// awaitRun looks until the run is over.
func awaitRun(c *cobra.Command, api *connection, name string, run client.CellRun) (client.CellRun, error) {
	last, err := look(c.Context(), func() (client.CellRun, error) {
		return answer[client.CellRun](api.GetCellRun(c.Context(), name, run.ID))
	}, func(r client.CellRun) bool {
		return r.State == client.CellRunStateSucceeded || r.State == client.CellRunStateFailed
	})
	if err == nil && last.State == client.CellRunStateFailed {
		err = fail(exitUndone, "Run failed", "%s of cell %s failed (%s): %s", last.Kind, name, last.ID, last.Message)
	}
	return last, err
}

func finishRun(c *cobra.Command, api *connection, name string, run client.CellRun, err error) error {
	if err == nil {
		run, err = awaitRun(c, api, name, run)
	}
	if err != nil {
		return err
	}
	return showRun(c, run)
}

// tellPlan shows a plan before it is applied: on standard error, where the result's place is taken.
func tellPlan(c *cobra.Command, run client.CellRun) error {
	if wantsJSON(c) {
		return nil
	}
	return showRun(c, run)
}

// ask returns nil when somebody at a terminal says what is wanted, or has said so before.
func ask(c *cobra.Command, said bool, question, wanted, otherwise string) error {
	if said {
		return nil
	}
	in, ok := c.InOrStdin().(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return usage("nothing was done, as there is no terminal to ask at; %s", otherwise)
	}
	_, _ = fmt.Fprintf(c.ErrOrStderr(), "%s [%s] ", question, wanted)
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && err != io.EOF {
		return fmt.Errorf("read the answer: %w", err)
	}
	if strings.TrimSpace(line) != wanted {
		return fail(exitRefused, "Not confirmed", "nothing was done")
	}
	return nil
}

func showRun(c *cobra.Command, run client.CellRun) error {
	return show(c, run, func(line func(...any)) {
		for _, change := range run.Changes {
			line(sign(change.Action), change.Address, change.Action)
			if change.Attributes == nil {
				continue
			}
			for _, a := range *change.Attributes {
				line("", "  "+a.Name, orDash(a.Before)+" -> "+orDash(a.After))
			}
		}
		line(run.ID, run.Message)
		if run.ExpiresAt != nil && run.Kind == client.CellRunKindPlan && len(run.Changes) > 0 {
			line("until "+when(*run.ExpiresAt), "longhouse cells apply "+run.Cell+" --plan "+run.ID)
		}
	})
}

func sign(action client.CellChangeAction) string {
	switch action {
	case client.CellChangeActionCreate:
		return "+"
	case client.CellChangeActionDelete:
		return "-"
	case client.CellChangeActionReplace:
		return "-/+"
	}
	return "~"
}
