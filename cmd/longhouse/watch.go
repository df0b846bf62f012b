package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

const lookEvery = 100 * time.Millisecond

// watch follows an operation to its end, telling its steps on standard error. It returns the operation as it was last
// seen, and an error where it did not succeed. A server that is away for a while is waited for.
func watch(c *cobra.Command, api *connection, operation string) (client.Operation, error) {
	tell := teller(c)
	last, err := followEvents(c.Context(), api, operation, tell.op)
	if err == nil && over(last) {
		return last, outcome(last)
	}
	for missed := 0; ; { // without the stream, or after it broke off
		op, err := answer[client.Operation](api.GetOperation(c.Context(), operation))
		switch {
		case err == nil:
			last, missed = op, 0
			tell.op(op)
		case failureOf(err).code != exitUnreachable || missed >= patience:
			return last, err
		default:
			missed++
		}
		if over(last) {
			return last, outcome(last)
		}
		if err := pause(c.Context()); err != nil {
			return last, err
		}
	}
}

// patience is how many looks in a row may find no server: 30 s.
const patience = 300

func pause(ctx context.Context) error {
	select {
	case <-time.After(lookEvery):
		return nil
	case <-ctx.Done():
		return fmt.Errorf("interrupted; the operation goes on: %w", context.Cause(ctx))
	}
}

func over(op client.Operation) bool {
	return op.State == client.OperationStateSucceeded || op.State == client.OperationStateUndone
}

func outcome(op client.Operation) error {
	if op.State == client.OperationStateSucceeded {
		return nil
	}
	return fail(exitUndone, "Operation "+string(op.State), "the operation %s is %s: %s", op.ID, op.State, op.Message)
}

// progress tells each step once it has changed; on a terminal the step that is being done has a line that lasts only as
// long as it does.
type progress struct {
	out      io.Writer
	terminal bool
	told     map[string]client.StepState
}

func teller(c *cobra.Command) *progress {
	p := &progress{out: c.ErrOrStderr(), told: map[string]client.StepState{}}
	if wantsJSON(c) {
		p.out = io.Discard
	}
	if f, ok := p.out.(*os.File); ok {
		p.terminal = term.IsTerminal(int(f.Fd()))
	}
	return p
}

func (p *progress) op(op client.Operation) {
	if p.terminal {
		_, _ = fmt.Fprint(p.out, "\r\x1b[K")
	}
	for _, st := range steps(op) {
		done := st.State == client.StepStateDone || st.State == client.StepStateUndone
		if done && p.told[st.Name] != st.State {
			p.told[st.Name] = st.State
			_, _ = fmt.Fprintf(p.out, "  %-6s %s%s\n", st.State, st.Name, lasted(st))
		}
	}
	if p.terminal && !over(op) {
		_, _ = fmt.Fprint(p.out, "  ...    ", op.Message)
	}
}

func lasted(st client.Step) string {
	if st.StartedAt == nil || st.FinishedAt == nil {
		return ""
	}
	return fmt.Sprintf(" (%.1f s)", st.FinishedAt.Sub(*st.StartedAt).Seconds())
}
