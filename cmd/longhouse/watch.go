package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/longhouse-dev/longhouse/controlplane/client"
)

// watch follows an operation to its end, telling its steps on standard error. It returns the operation as it was last
// seen, and an error where it did not succeed. A stream that breaks off is opened again, and a server that is away for a while
// is waited for. Each stream begins with the operation as it is, so that nothing is missed in between.
func watch(c *cobra.Command, api *connection, operation string) (last client.Operation, err error) {
	tell := teller(c)
	heard, pauses := time.Now(), pace{next: 100 * time.Millisecond, most: reopenMost}
	for {
		op, err := followEvents(c.Context(), api, operation, tell.op)
		if op.ID != "" {
			last, heard, pauses.next = op, time.Now(), 100*time.Millisecond
		}
		switch {
		case over(last):
			return last, outcome(last)
		case errors.Is(err, errNoStream):
			return poll(c.Context(), api, operation, tell)
		case !away(err) || time.Since(heard) > awayMost:
			return last, err
		}
		if err := pauses.wait(c.Context(), 0); err != nil {
			return last, fmt.Errorf("interrupted; the operation goes on: %w", err)
		}
	}
}

// reopenMost is how long the pause gets before a stream is opened again.
const reopenMost = 5 * time.Second

// poll is for where no stream can be had.
func poll(ctx context.Context, api *connection, operation string, tell *progress) (client.Operation, error) {
	last, err := look(ctx, func() (client.Operation, error) {
		op, err := answer[client.Operation](api.GetOperation(ctx, operation))
		if err == nil {
			tell.op(op)
		}
		return op, err
	}, over)
	if err != nil {
		return last, err
	}
	return last, outcome(last)
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
	out    io.Writer
	screen *os.File // nil: no terminal
	told   map[string]client.StepState

	estimated bool
}

func teller(c *cobra.Command) *progress {
	p := &progress{out: c.ErrOrStderr(), told: map[string]client.StepState{}}
	if wantsJSON(c) {
		p.out = io.Discard
	}
	p.screen = terminalOf(p.out)
	return p
}

func (p *progress) op(op client.Operation) {
	if p.screen != nil {
		_, _ = fmt.Fprint(p.screen, "\r\x1b[K")
	}
	for _, st := range steps(op) {
		done := st.State == client.StepStateDone || st.State == client.StepStateUndone
		if done && p.told[st.Name] != st.State {
			p.told[st.Name] = st.State
			_, _ = fmt.Fprintf(p.out, "  %-6s %s%s\n", st.State, st.Name, lasted(st))
		}
	}
	if !over(op) {
		p.under(op)
	}
}

// under tells what is under way, and when its end is expected: where nothing that was written can be replaced, once.
func (p *progress) under(op client.Operation) {
	switch {
	case p.screen != nil && op.Estimate != nil:
		_, _ = fmt.Fprint(p.out, "  ...    ", oneLine.Replace(op.Message+"; "+op.Estimate.Sentence))
	case p.screen != nil:
		_, _ = fmt.Fprint(p.out, "  ...    ", oneLine.Replace(op.Message))
	case op.Estimate != nil && !p.estimated:
		p.estimated = true
		_, _ = fmt.Fprintln(p.out, "  "+oneLine.Replace(op.Estimate.Sentence))
	}
}

func lasted(st client.Step) string {
	if st.StartedAt == nil || st.FinishedAt == nil {
		return ""
	}
	return fmt.Sprintf(" (%.1f s)", st.FinishedAt.Sub(*st.StartedAt).Seconds())
}
